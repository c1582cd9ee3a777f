import { ToolbarButton, ToolbarMenu, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { Fragment } from 'react';

function useOpenExample(fill) {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  return async ({ query, variables }) => {
    const filled = await fill(variables);
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(filled);
  };
}

/** All operations of the app. Also for those whose browser has kept tabs from an earlier visit. */
export function Examples({ examples, fill }) {
  const open = useOpenExample(fill);
  if (!examples.length) return null;
  return (
    <ToolbarMenu button={<ToolbarButton label="示例 / Examples">示例</ToolbarButton>}>
      <div className="examples">
        {groupsOf(examples).map(([group, members]) => (
          <Fragment key={group}>
            <div className="examples-group">{group}</div>
            {members.map((example) => (
              <ToolbarMenu.Item key={example.title} onSelect={() => open(example)}>
                {example.title}
                {example.writes && <span className="writes">写 / writes</span>}
              </ToolbarMenu.Item>
            ))}
          </Fragment>
        ))}
      </div>
    </ToolbarMenu>
  );
}

function groupsOf(examples) {
  const groups = new Map();
  for (const example of examples) groups.set(example.group, [...(groups.get(example.group) ?? []), example]);
  return [...groups];
}
