// Signs in and shows the account with all contributions, by Apollo Client: `node build/apollo.js URL PHONE PASSWORD QUERY`
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { AccountInfoDocument, ContributionDetailsDocument, SignInDocument } from './gql/graphql.js';
import { show } from './show.js';
import { ageOf, staleness } from './staleness.js';

const [uri = '', username = '', loginPassword = '', queryPassword = ''] = process.argv.slice(2);

const pages = relayStylePagination(['from', 'to']);
const cache = new InMemoryCache({
  typePolicies: {
    // There is one member in a session, with one account: what queries bring of them belongs together.
    Me: { keyFields: false, merge: true },
    Account: { keyFields: false, merge: true, fields: { contributions: pages, withdrawals: pages } },
    Loan: { keyFields: ['number'], fields: { repayments: pages } },
  },
});

let token: string | undefined;
const withToken: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  if (token) headers.set('Authorization', `Bearer ${token}`);
  return fetch(input, { ...init, headers });
};
const link = ApolloLink.from([staleness, new HttpLink({ uri, fetch: withToken })]);
const client = new ApolloClient({ cache, link });

const signedIn = await client.mutate({
  mutation: SignInDocument,
  variables: { input: { username, loginPassword, queryPassword } },
});
token = signedIn.data?.signIn.session?.accessToken;
if (!token) throw new Error(signedIn.data?.signIn.userErrors.map((each) => each.message).join());

const info = await client.query({ query: AccountInfoDocument });
const first = 50;
const query = ContributionDetailsDocument;
for (let after: string | null | undefined, more: boolean | undefined = true; more; ) {
  // Each page is asked of the server; the cache puts it behind those that it has.
  const { data } = await client.query({ query, variables: { first, after }, fetchPolicy: 'network-only' });
  after = data?.me?.account?.contributions?.pageInfo.endCursor;
  more = data?.me?.account?.contributions?.pageInfo.hasNextPage;
}
const all = client.readQuery({ query, variables: { first } });
show(info.data?.me, (all?.me?.account?.contributions?.edges ?? []).map((each) => each.node));
const age = ageOf('AccountInfo');
if (age !== undefined) console.log(`The account is as it was ${age} seconds ago.`);
