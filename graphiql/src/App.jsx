import { useMemo, useState } from 'react';
import { Explorer } from './Explorer.jsx';
import { TopBar } from './TopBar.jsx';
import { createFetcher } from './fetcher.js';
import { fillIn } from './fillIn.js';
import { post } from './post.js';
import { Session } from './session.js';

export function App({ config }) {
  const send = (request) => post(config.endpoint, request);
  const [session] = useState(() => new Session(send));
  const fetcher = useMemo(() => createFetcher(config.endpoint, session), [config, session]);
  const fill = async (variables) => fillIn(variables, async (query) => send({ query, headers: await session.headers() }));
  return (
    <>
      <TopBar people={config.people} links={config.links} session={session} />
      <Explorer examples={config.examples} fetcher={fetcher} fill={fill} />
    </>
  );
}
