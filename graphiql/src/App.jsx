import { useMemo, useState } from 'react';
import { Explorer } from './Explorer.jsx';
import { TopBar } from './TopBar.jsx';
import { createFetcher } from './fetcher.js';
import { post } from './post.js';
import { Session } from './session.js';

export function App({ config }) {
  const [session] = useState(() => new Session((request) => post(config.endpoint, request)));
  const fetcher = useMemo(() => createFetcher(config.endpoint, session), [config, session]);
  return (
    <>
      <TopBar people={config.people} session={session} />
      <Explorer tabs={config.tabs} fetcher={fetcher} />
    </>
  );
}
