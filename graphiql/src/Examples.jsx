import { ToolbarButton, ToolbarMenu, useGraphiQL, useGraphiQLActions } from '@graphiql/react';

function useOpenExample() {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  return ({ query, variables }) => {
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
  };
}

/** The examples again, for those whose browser has kept tabs from an earlier visit. */
export function Examples({ tabs }) {
  const open = useOpenExample();
  if (!tabs.length) return null;
  return (
    <ToolbarMenu button={<ToolbarButton label="示例 / Examples">示例</ToolbarButton>}>
      {tabs.map((tab) => (
        <ToolbarMenu.Item key={tab.title} onSelect={() => open(tab)}>
          {tab.title}
        </ToolbarMenu.Item>
      ))}
    </ToolbarMenu>
  );
}
