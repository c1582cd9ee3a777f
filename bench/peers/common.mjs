// What every peer of the comparison shares: where it listens, and the response cache where one is asked for.
import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { useResponseCache } from '@graphql-yoga/plugin-response-cache';

export const CORE = process.env.BENCH_CORE;
export const WSDL = process.env.BENCH_WSDL;
/** Of everybody alike; null where nothing is cached. */
export const caching = process.env.BENCH_CACHE ? { session: () => null, ttl: 600_000 } : null;

export function serve(schema, ...plugins) {
  if (caching) plugins.push(useResponseCache(caching));
  listen(createYoga({ schema, plugins, graphiql: false, logging: 'error', maskedErrors: false }));
}

export function listen(answer) {
  const server = createServer(answer);
  server.listen(Number(process.env.BENCH_PORT), '127.0.0.1', () =>
    console.log(`listening on http://127.0.0.1:${server.address().port}`));
}
