import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { Examples } from './Examples.jsx';
import { hasStoredTabs, storage } from './storage.js';

const plugins = [HISTORY_PLUGIN, explorerPlugin()];

// GraphiQL opens the first default tab without its variables unless they are given once more. Given
// to somebody who has tabs of their own, they would open yet another tab.
function variablesOf(tabs) {
  return hasStoredTabs() ? undefined : tabs[0]?.variables || undefined;
}

export function Explorer({ examples, fetcher, fill }) {
  const tabs = examples.filter(({ opened }) => opened);
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      storage={storage}
      shouldPersistHeaders={false}
      defaultTabs={tabs.length ? tabs : undefined}
      initialVariables={variablesOf(tabs)}
      defaultEditorToolsVisibility="variables"
      defaultTheme="light"
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>{null}</GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <Examples examples={examples} fill={fill} />
          </>
        )}
      </GraphiQL.Toolbar>
    </GraphiQL>
  );
}
