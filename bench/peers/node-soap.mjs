// GraphQL Yoga over node-soap, written by hand: the same schema as bench/baseline_server.py, and the same care for the values.
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { createSchema } from 'graphql-yoga';
import soap from 'soap';
import { CORE, WSDL, serve } from './common.mjs';

const ACCOUNT = process.env.BENCH_ACCOUNT;
const DIRECTION = { contributions: '01', withdrawals: '02' };
const STATUS = { '01': 'NORMAL', '02': 'SEALED', '06': 'FROZEN' };
const KIND = { '01': 'REMITTANCE', '02': 'BACK_PAYMENT', '11': 'PARTIAL', '12': 'CLOSING' };

const agent = new Agent({ keepAlive: true });
// Values stay the text that they are: a number would lose zeros and cents.
const text = (value) => value;
const client = await soap.createClientAsync(WSDL, {
  customDeserializer: { decimal: text, integer: text, nonNegativeInteger: text, positiveInteger: text, dateTime: text },
  endpoint: `${CORE}/services/collection`,
  useEmptyTag: true,
});
client.setSecurity(new soap.WSSecurity('bff', 'practice', { passwordType: 'PasswordDigest', hasTimeStamp: false }));

client.addSoapHeader(() => ({
  'tns:Head': { 'tns:QDBH': 'APP', 'tns:QQLSH': randomUUID().replaceAll('-', ''), 'tns:QQSJ': new Date().toISOString() },
}));

async function call(operation, asked) {
  const [found] = await client[`${operation}Async`](asked, { httpAgent: agent });
  if (found.FHM !== '0000') throw new Error(found.FHXX);
  return found;
}

const day = (value) => `${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6)}`;
const month = (value) => (value ? `${value.slice(0, 4)}-${value.slice(4)}` : null);
const nothing = (value) => (typeof value === 'string' ? value : null); // nil arrives as an object
const cents = (value) => { const [whole, part] = value.split('.'); return BigInt(whole + (part ?? '').padEnd(2, '0')); };
const sum = (one, other) => { const digits = (cents(one) + cents(other)).toString().padStart(3, '0'); return `${digits.slice(0, -2)}.${digits.slice(-2)}`; };
const balance = (found) => ({ carriedForward: found.GRZHSNJZYE, currentYear: found.GRZHDNGJYE, total: found.GRZHYE });

const row = (found) => ({
  id: found.YWLSH, date: day(found.JZRQ), kind: KIND[found.GJHTQYWLX.trim()], reason: nothing(found.TQYYMC),
  summary: nothing(found.ZHAIYAO), month: month(found.HBJNY), amount: found.FSE, balance: balance(found),
});

async function rows(direction, first) {
  const found = await call('QueryAccountDetails', { GRZH: ACCOUNT, MXLB: direction, CZBZ: '01', YM: 1, YHS: first + 1 });
  return { edges: found.MXYE.MX.slice(0, first).map((each) => ({ node: row(each) })) };
}

async function plain() {
  const found = (await call('QueryAccount', { GRZH: ACCOUNT })).ZHXX;
  return {
    number: found.GRZH, status: STATUS[found.GRZHZT.trim()], openedOn: day(found.KHRQ),
    employer: { number: found.DWZH, name: found.DWMC }, balance: balance(found),
    contribution: {
      base: found.GRJCJS, employerRate: found.DWJCBL, personalRate: found.GRJCBL,
      monthlyAmount: sum(found.DWYJCE, found.GRYJCE), paidThrough: month(found.JZNY),
    },
    bankAccount: { bankName: found.GRCKZHKHYHMC, number: '*'.repeat(12) + found.GRCKZHHM.slice(-4) },
  };
}

// The lists are asked for beside the account itself.
async function account(_, __, ___, info) {
  const selected = info.fieldNodes[0].selectionSet.selections;
  const pending = {};
  for (const each of selected) {
    const name = each.name.value;
    if (name in DIRECTION) pending[name] = rows(DIRECTION[name], Number(each.arguments[0].value.value));
  }
  const others = selected.some((each) => !(each.name.value in DIRECTION)) ? plain() : {};
  const [found, ...lists] = await Promise.all([others, ...Object.values(pending)]);
  return { ...found, ...Object.fromEntries(Object.keys(pending).map((name, at) => [name, lists[at]])) };
}

serve(createSchema({
  typeDefs: /* GraphQL */ `
    type Query { me: Me! }
    type Me { account: Account! }
    type Account {
      number: String status: String openedOn: String employer: Employer balance: Balance contribution: Contribution
      bankAccount: BankAccount contributions(first: Int): Rows! withdrawals(first: Int): Rows!
    }
    type Employer { number: String! name: String }
    type Balance { carriedForward: String! currentYear: String! total: String! }
    type Contribution { base: String employerRate: String personalRate: String monthlyAmount: String paidThrough: String }
    type BankAccount { bankName: String number: String! }
    type Rows { edges: [Edge!]! }
    type Edge { node: Row! }
    type Row {
      id: ID! date: String! kind: String! reason: String summary: String month: String amount: String!
      balance: Balance!
    }
  `,
  resolvers: { Query: { me: () => ({}) }, Me: { account } },
}));
