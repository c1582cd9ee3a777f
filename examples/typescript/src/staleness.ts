// How many seconds old the last answer to each operation was, where it was no longer fresh: Apollo Client hands `data` on
// and drops `extensions`, which a link sees. A reactive variable, so that `useReactiveVar(ages)` renders again.
import { ApolloLink, makeVar } from '@apollo/client';
import { tap } from 'rxjs';

export const ages = makeVar<Readonly<Record<string, number>>>({});

export const ageOf = (operation: string): number | undefined => ages()[operation];

export const staleness = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    tap(({ extensions }) => {
      const { [operation.operationName ?? '']: _, ...others } = ages();
      const found = Object.values((extensions?.['staleness'] ?? {}) as Record<string, number>);
      ages(found.length ? { ...others, [operation.operationName ?? '']: Math.max(...found) } : others);
    }),
  ),
);
