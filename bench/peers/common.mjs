// What every Yoga of the comparison shares: where it listens, and the response cache where one is asked for.
import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { useResponseCache } from '@graphql-yoga/plugin-response-cache';

export const CORE = process.env.BENCH_CORE;
export const WSDL = process.env.BENCH_WSDL;

export function serve(schema, ...plugins) {
  if (process.env.BENCH_CACHE) plugins.push(useResponseCache({ session: () => null, ttl: 600_000 }));
  const yoga = createYoga({ schema, plugins, graphiql: false, logging: 'error', maskedErrors: false });
  const server = createServer(yoga);
  server.listen(Number(process.env.BENCH_PORT), '127.0.0.1', () =>
    console.log(`listening on http://127.0.0.1:${server.address().port}`));
}
