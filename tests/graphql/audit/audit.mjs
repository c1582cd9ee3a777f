// Runs every server audit of graphql-http against the URL that it is given; prints the results as JSON.
import { serverAudits } from "graphql-http";

const url = process.argv[2];
const fetchFn = (address, init) => fetch(address, { ...init, signal: AbortSignal.timeout(20_000) });

const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
