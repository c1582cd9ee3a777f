// Hive Gateway over a supergraph of one subgraph, which @omnigraph/soap makes from the WSDL.
import { createGatewayRuntime } from '@graphql-hive/gateway';
import InMemory from '@graphql-mesh/cache-inmemory-lru';
import { composeSubgraphs } from '@graphql-mesh/fusion-composition';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { buildSchema } from 'graphql';
import { CORE, caching, listen } from './common.mjs';
import { fetch, soapSchema } from './soap.mjs';

// This version of the loader does not say by what the schema's fields are sent.
const transport = `@transport(subgraph: "core", kind: "soap", location: "${CORE}")`;
const sdl = printSchemaWithDirectives(await soapSchema())
  .replace(/^schema\b/m, `schema ${transport}`)
  .concat('\ndirective @transport(subgraph: String, kind: String, location: String) on SCHEMA\n');
const { supergraphSdl } = composeSubgraphs([{ name: 'core', schema: buildSchema(sdl, { assumeValidSDL: true }) }]);
listen(
  createGatewayRuntime({
    supergraph: supergraphSdl,
    fetchAPI: { fetch },
    logging: 'error',
    graphiql: false,
    landingPage: false,
    maskedErrors: false,
    ...(caching ? { responseCaching: caching, cache: new InMemory() } : {}),
  }),
);
