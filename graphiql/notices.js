import { readFileSync } from 'node:fs';

const FONTS = `# Fonts in GraphiQL's style sheet

Roboto, Copyright Google: Apache License 2.0.
Fira Code, Copyright The Fira Code Project Authors: SIL Open Font License 1.1.
Codicons, Copyright Microsoft Corporation: Creative Commons Attribution 4.0.
`;

/** What the licence file of the build does not see: code and fonts inside the packages themselves. */
export function notices() {
  return {
    name: 'notices',
    generateBundle() {
      const monaco = readFileSync('node_modules/monaco-editor/ThirdPartyNotices.txt', 'utf8');
      this.emitFile({ type: 'asset', fileName: 'NOTICES.txt', source: `${FONTS}\n${monaco}` });
    },
  };
}
