import type { AccountInfoQuery } from './gql/graphql.js';

type Row = { date: string; summary?: string | null; amount: string } | null | undefined;

/** One line for the account, one for the number of rows, one each for the newest and the oldest. */
export function show(me: AccountInfoQuery['me'] | undefined, rows: readonly Row[]): void {
  const line = (row: Row) => `${row?.date} ${row?.summary} ${row?.amount}`;
  console.log(`${me?.name} ${me?.account?.balance?.total}`);
  console.log(`${rows.length} rows`);
  console.log(line(rows.at(0)));
  console.log(line(rows.at(-1)));
}
