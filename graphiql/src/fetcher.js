import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-sse';
import { post, readJson } from './post.js';

/** GraphiQL's fetcher: a query or mutation by POST, a subscription as Server-Sent Events. */
export function createFetcher(endpoint, session) {
  return async (request, { headers } = {}) => {
    const send = isSubscription(request) ? subscribe : post;
    try {
      return await send(endpoint, { ...request, headers: { ...(await session.headers()), ...headers } });
    } catch (error) {
      return answerFor(error);
    }
  };
}

// GraphiQL would show the stack of an Error as well.
function answerFor({ message }) {
  return { errors: [{ message }] };
}

function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    // A document with a mistake goes to the server, whose answer says what it is.
    return false;
  }
}

// An observable rather than an async generator: a generator that waits for its next event cannot be
// stopped until the event has come.
function subscribe(url, { headers, ...request }) {
  const client = createClient({ url, headers, retryAttempts: 0 });
  return {
    subscribe(observer) {
      const sink = { ...forward(observer), error: (error) => explain(error, observer) };
      return { unsubscribe: client.subscribe(request, sink) };
    },
  };
}

function forward(observer) {
  return { next: (result) => observer.next(result), complete: () => observer.complete() };
}

async function explain(error, observer) {
  observer.next(await answerIn(error).catch(answerFor));
  observer.complete();
}

async function answerIn(error) {
  return error.response ? readJson(error.response) : answerFor(error);
}
