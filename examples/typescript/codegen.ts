// Types from the server's schema and from the documents that the app sends. Amounts, rates and days stay the text that
// they are: a JavaScript number cannot hold cents.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: '../../app/*.graphql',
  emitLegacyCommonJSImports: false,
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        strictScalars: true,
        scalars: { Money: 'string', Rate: 'string', Month: 'string', Date: 'string', DateTime: 'string' },
      },
    },
  },
};

export default config;
