// graphql-eslint's own sets for schemas, Relay and operations; a rule that is off says why.
import graphql from '@graphql-eslint/eslint-plugin';

const { configs, parser } = graphql;
const parserOptions = { graphQLConfig: { schema: 'schema.graphql', documents: 'app/*.graphql' } };
const plugins = { '@graphql-eslint': graphql };

export default [
  {
    files: ['schema.graphql'],
    plugins,
    languageOptions: { parser, parserOptions },
    rules: {
      ...configs['flat/schema-recommended'].rules,
      ...configs['flat/schema-relay'].rules,
      '@graphql-eslint/require-description': [
        'error',
        { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true },
      ],
      // Figures and parts of a member have no identity; what can be asked for by an id has one.
      '@graphql-eslint/strict-id-in-types': 'off',
      // Lists go one way, from the newest row back, as the core pages them.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      '@graphql-eslint/relay-page-info': 'off',
      // Lists that are never longer than a screen are plain, and there is no `node(id:)`: it would be one more way in.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
  {
    files: ['app/*.graphql'],
    plugins,
    languageOptions: { parser, parserOptions },
    rules: { ...configs['flat/operations-recommended'].rules },
  },
];
