// Documents by their ids, for a server that answers registered ones only: `node build/registered.js URL PHONE PASSWORD`
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import type { DocumentNode } from 'graphql';
import { SignInDocument } from './gql/graphql.js';

const [uri = '', username = '', loginPassword = ''] = process.argv.slice(2);

const generateHash = (document: DocumentNode) => (document as { __meta__?: { hash?: string } }).__meta__?.hash ?? '';
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.from([new PersistedQueryLink({ generateHash }), new HttpLink({ uri })]),
});

const signedIn = await client.mutate({ mutation: SignInDocument, variables: { input: { username, loginPassword } } });
console.log(signedIn.data?.signIn.session ? 'signed in' : signedIn.data?.signIn.userErrors.map((each) => each.message).join());
