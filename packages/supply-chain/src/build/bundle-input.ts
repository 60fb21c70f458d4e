import { join } from 'node:path';
import type { InputOptions } from 'rolldown';
import { resolveFrom } from './resolve-plugin.ts';

export interface BundleInput {
  app: string;
  root: string;
  modulesRoot: string;
  /** relative to the app */
  entry: string;
  external: readonly string[];
  keep?: readonly string[];
}

/** What is bundled and how names resolve: the same for what is shipped and for what a developer tries. */
export function bundleInput({ app, root, modulesRoot, entry, external, keep = [] }: BundleInput): InputOptions {
  return {
    input: join(app, entry),
    cwd: root,
    platform: 'node',
    // decorators and their metadata: Nest injects by them
    tsconfig: join(root, 'tsconfig.json'),
    plugins: [resolveFrom({ root, modulesRoot, external, keep })],
    // a link would bring the path of whatever it points at into the result
    resolve: { symlinks: false },
    logLevel: 'warn',
    onLog: (_level, log) => {
      // an import that is left in the bundle would only fail when the service starts
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    },
  };
}
