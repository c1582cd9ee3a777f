const THEIRS = '/plugin-doc-explorer/dist/components/search.js';
const USE = 'const getSearchResults = useSearchResults();';

/** Lets the documentation's search box use `src/docSearch.js`; there is no setting for it. */
export function docsSearch() {
  let done = false;
  return {
    name: 'docs-search',
    transform(code, id) {
      if (!id.endsWith(THEIRS)) return null;
      if (!code.includes(USE)) this.error('GraphiQL searches its documentation in another way now: see docs-search.js');
      done = true;
      const ours = "import { useSearchResults as search } from '/src/docSearch.js';\n";
      return { code: ours + code.replace(USE, 'const getSearchResults = search();'), map: null };
    },
    buildEnd(error) {
      if (!error && !done) this.error(`${THEIRS} was not found: see docs-search.js`);
    },
  };
}
