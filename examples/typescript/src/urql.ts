// The same by urql: `node build/urql.js URL PHONE PASSWORD QUERY`
import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { AccountInfoDocument, ContributionDetailsDocument, SignInDocument } from './gql/graphql.js';
import { show } from './show.js';

const [url = '', username = '', loginPassword = '', queryPassword = ''] = process.argv.slice(2);

let token: string | undefined;
const lists = relayPagination();
const part = () => null; // of the one member, and nothing on its own
const client = new Client({
  url,
  preferGetMethod: false,
  fetchOptions: () => (token ? { headers: { Authorization: `Bearer ${token}` } } : {}),
  exchanges: [
    cacheExchange({
      keys: {
        Me: part, Account: part, Employer: part, Balance: part, Contribution: part, ContributionTerms: part,
        BankAccount: part, NextInstallment: part, Overdue: part, Session: part, UserError: part, SessionPayload: part,
        Loan: (loan) => String(loan['number']),
      },
      resolvers: { Account: { contributions: lists, withdrawals: lists }, Loan: { repayments: lists } },
    }),
    fetchExchange,
  ],
});

const signedIn = await client.mutation(SignInDocument, { input: { username, loginPassword, queryPassword } });
token = signedIn.data?.signIn.session?.accessToken;
if (!token) throw new Error(signedIn.data?.signIn.userErrors.map((each) => each.message).join());

const info = await client.query(AccountInfoDocument, {});
let list = await client.query(ContributionDetailsDocument, { first: 50 });
const found = () => list.data?.me?.account?.contributions;
for (let page = found()?.pageInfo; page?.hasNextPage; page = found()?.pageInfo) {
  list = await client.query(ContributionDetailsDocument, { first: 50, after: page.endCursor });
}
show(info.data?.me, (found()?.edges ?? []).map((each) => each.node));
