// Types from the server's schema and from the documents that the app sends. Amounts, rates and days stay the text that
// they are: a JavaScript number cannot hold cents.
import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: '../../app/*.graphql',
  emitLegacyCommonJSImports: false,
  generates: {
    'src/gql/': {
      preset: 'client',
      // persisted-documents.json is for `bff documents register`: with SHA-256, where the default is SHA-1, and with the
      // __typename that caches add to what they send, since the server answers the text that was registered.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        useTypeImports: true,
        strictScalars: true,
        scalars: { Money: 'string', Rate: 'string', Month: 'string', Date: 'string', DateTime: 'string' },
      },
    },
  },
};

export default config;
