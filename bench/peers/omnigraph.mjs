// GraphQL Yoga over a schema that @omnigraph/soap makes from the WSDL, run by its own executor or by that of GraphQL
// Mesh's SOAP transport (BENCH_EXECUTOR=mesh).
import { createExecutorFromSchemaAST as ofOmnigraph } from '@omnigraph/soap';
import { createExecutorFromSchemaAST as ofMesh } from '@graphql-mesh/transport-soap';
import { serve } from './common.mjs';
import { fetch, soapSchema } from './soap.mjs';

const schema = await soapSchema();
const run = (process.env.BENCH_EXECUTOR === 'mesh' ? ofMesh : ofOmnigraph)(schema, fetch);
serve(schema, {
  onExecute({ setExecuteFn }) {
    setExecuteFn(({ document, variableValues, contextValue }) => run({ document, variables: variableValues, context: contextValue }));
  },
});
