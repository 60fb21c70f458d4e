/** What Node 22 and 24 brought, as far as a launcher would be tempted; taken away for good, so that whoever uses it ends. */
const NEWER = `
  import fs from 'node:fs';
  import promises from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  const gone = [
    [globalThis, 'Iterator', 'DisposableStack', 'AsyncDisposableStack', 'Float16Array', 'URLPattern', 'WebSocket', 'navigator'],
    [Iterator.prototype, 'map', 'filter', 'find', 'some', 'every', 'take', 'drop', 'flatMap', 'forEach', 'reduce', 'toArray'],
    [Set.prototype, 'union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom'],
    [Promise, 'withResolvers', 'try'],
    [Array, 'fromAsync'],
    [Object, 'groupBy'],
    [Map, 'groupBy'],
    [RegExp, 'escape'],
    [Error, 'isError'],
    [fs, 'glob', 'globSync'],
    [promises, 'glob'],
  ];
  for (const [owner, ...names] of gone) for (const name of names) delete owner[name];
  syncBuiltinESMExports();
`;

/** Words for Node by which it takes itself for that version; one before 24 knows nothing of what came with 22 and 24. */
export function playedNode(version: string): string[] {
  const name = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const program = Number.parseInt(version, 10) < 24 ? `${NEWER}${name}` : name;
  return ['--import', `data:text/javascript,${encodeURIComponent(program)}`];
}
