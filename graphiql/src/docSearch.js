import { useDocExplorer } from '@graphiql/plugin-doc-explorer';
import { useGraphiQL } from '@graphiql/react';
import { useMemo } from 'react';

const MOST = 100;

/** In the place of GraphiQL's own, which looks at names only: ours has the Chinese terms in descriptions. */
export function useSearchResults() {
  const within = useDocExplorer().at(-1).def;
  const schema = useGraphiQL((state) => state.schema);
  return useMemo(() => (typed) => search(schema, within, typed), [schema, within]);
}

function search(schema, within, typed) {
  const types = Object.values(schema?.getTypeMap() ?? {});
  const word = typed.trim().toLowerCase();
  const ranked = types.flatMap((type) => entriesOf(type, within)).map((entry) => ({ ...entry, rank: rankOf(entry, word) }));
  const found = ranked.filter(({ rank }) => rank !== null).sort((one, other) => one.rank - other.rank);
  return grouped(found.slice(0, MOST), within);
}

/** `names` and `texts` are what an entry is found by; whoever is found by its name comes first. */
function entriesOf(type, within) {
  const values = type.getValues?.() ?? [];
  const own = { type, names: [type.name], texts: [type.description, ...values.flatMap(textsOf)] };
  const fields = Object.values(type.getFields?.() ?? {}).map((field) => fieldOf(type, field));
  return type === within ? fields : [own, ...fields];
}

function fieldOf(type, field) {
  const args = field.args ?? [];
  return { type, field, names: [field.name], texts: [field.description, ...args.flatMap(textsOf)] };
}

function textsOf({ name, description }) {
  return [name, description];
}

function rankOf({ names, texts }, word) {
  if (names.some((name) => name.toLowerCase().includes(word))) return 0;
  return texts.some((text) => text?.toLowerCase().includes(word)) ? 1 : null;
}

function grouped(found, within) {
  const isWithin = ({ type, field }) => field && type === within;
  return {
    within: found.filter(isWithin),
    types: found.filter(({ field }) => !field),
    fields: found.filter((entry) => entry.field && !isWithin(entry)),
  };
}
