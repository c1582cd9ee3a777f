import { defineConfig } from 'vite';
import { docsSearch } from './docs-search.js';
import { notices } from './notices.js';

export default defineConfig({
  base: '/graphiql/',
  plugins: [docsSearch(), notices()],
  resolve: { dedupe: ['react', 'react-dom', 'graphql', '@graphiql/react', 'monaco-editor'] },
  build: {
    outDir: '../bff/server/graphiql/static',
    emptyOutDir: true,
    license: { fileName: 'LICENSES.md' },
    // Monaco is one large chunk by nature, and it comes from the same machine.
    chunkSizeWarningLimit: 5000,
    // "use client" in the packages means nothing without a server that renders.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: 'es' },
});
