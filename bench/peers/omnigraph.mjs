// GraphQL Yoga over a schema that @omnigraph/soap makes from the WSDL, run by its own executor or by that of GraphQL
// Mesh's SOAP transport (BENCH_EXECUTOR=mesh).
import { readFileSync } from 'node:fs';
import { fetch } from '@whatwg-node/fetch';
import { SOAPLoader, createExecutorFromSchemaAST as ofOmnigraph } from '@omnigraph/soap';
import { createExecutorFromSchemaAST as ofMesh } from '@graphql-mesh/transport-soap';
import { WSDL, serve } from './common.mjs';

// The schema of this version names no action, and the transport then sends a header that fetch refuses.
const send = (url, { headers: { SOAPAction: action, ...headers }, ...rest }) =>
  fetch(url, { ...rest, headers: action ? { ...headers, SOAPAction: action } : headers });
const loader = new SOAPLoader({ fetch });
await loader.loadWSDL(readFileSync(WSDL, 'utf-8'));
const schema = loader.buildSchema();
const run = (process.env.BENCH_EXECUTOR === 'mesh' ? ofMesh : ofOmnigraph)(schema, send);
serve(schema, {
  onExecute({ setExecuteFn }) {
    setExecuteFn(({ document, variableValues, contextValue }) => run({ document, variables: variableValues, context: contextValue }));
  },
});
