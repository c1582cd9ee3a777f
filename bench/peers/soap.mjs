// The schema that @omnigraph/soap makes from the WSDL, and how what it sends goes out.
import { readFileSync } from 'node:fs';
import { fetch as send } from '@whatwg-node/fetch';
import { SOAPLoader } from '@omnigraph/soap';
import { WSDL } from './common.mjs';

// The schema of this version names no action, and the transport then sends a header that fetch refuses.
export const fetch = (url, { headers: { SOAPAction: action, ...headers }, ...rest }) =>
  send(url, { ...rest, headers: action ? { ...headers, SOAPAction: action } : headers });

export async function soapSchema() {
  const loader = new SOAPLoader({ fetch: send, subgraphName: 'core' });
  await loader.loadWSDL(readFileSync(WSDL, 'utf-8'));
  return loader.buildSchema();
}
