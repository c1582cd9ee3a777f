const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/** One GraphQL request over HTTP: the result, or an Error that can be shown as it is. */
export async function post(url, { headers, ...request }) {
  return fetchJson(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json', Accept: ACCEPT },
    body: JSON.stringify(request),
  });
}

export async function fetchJson(url, init) {
  return readJson(await reach(url, init));
}

/** Refused requests carry their GraphQL errors in the body, whatever the status. */
export async function readJson(response) {
  try {
    return await response.json();
  } catch {
    throw new Error(`服务返回的不是 JSON / Not a JSON answer: ${response.status} ${response.statusText}`);
  }
}

async function reach(url, init) {
  try {
    return await fetch(url, init);
  } catch {
    throw new Error('无法连接服务 / The server cannot be reached');
  }
}
