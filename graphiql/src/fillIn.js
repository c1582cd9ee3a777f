/** What nobody can know beforehand, in an example's variables. */
const FILLERS = [
  [/\{new key\}/g, async () => newKey()],
  [/\{latest application\}/g, async (ask) => (await ask(LATEST))?.applications?.edges[0]?.node.id],
  [/\{offered (\w+)\}/g, async (ask, kind) => (await ask(offered(kind)))?.withdrawalQuote?.amount],
];
const LATEST = 'applications(first: 1) { edges { node { id } } }';
const offered = (kind) => `withdrawalQuote(kind: ${kind}) { amount }`;

/** Empty where there is nothing to fill in, as for who is not signed in. `send` sends a query as who is. */
export async function fillIn(variables, send) {
  const ask = async (selection) => (await send(`{ me { ${selection} } }`)).data?.me;
  let text = variables;
  for (const [pattern, fill] of FILLERS) {
    for (const [found, argument] of text.matchAll(pattern)) {
      text = text.replace(found, (await fill(ask, argument).catch(() => '')) ?? '');
    }
  }
  return text;
}

// Not crypto.randomUUID, which pages have by https or from this machine only.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
