import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { watch } from 'rolldown';
import type { RolldownWatcher, RolldownWatcherEvent } from 'rolldown';
import { awaitMissing } from './await-missing.ts';
import { bundleInput } from './bundle-input.ts';
import { BuildError } from './error.ts';
import { leavePackages } from './leave-packages.ts';
import { findWorkspaceRoot } from './workspace.ts';

export interface WatchOptions {
  /** folder of the app: `apps/<name>` of a working tree */
  appDir: string;
  /** receives main.mjs and main.mjs.map */
  outDir: string;
  /** entry point, relative to the app */
  entry?: string;
  onBundle: (bundle: DevelopmentBundle) => void;
  /** the sources do not bundle: the last bundle stays, and the next change is awaited */
  onError: (error: BuildError) => void;
}

export interface DevelopmentBundle {
  mainFile: string;
  /** absolute paths of the sources that changed since the bundle before; none the first time */
  changed: readonly string[];
  /** `performance.now()` at the first of these changes, or at the beginning */
  since: number;
}

/**
 * Bundles the project's own sources of a service whenever one of them is saved. It is not what is shipped: npm's packages are left out,
 * nothing is minified, and the source map lies beside it and leads to the working tree, so that stack traces and debuggers name the
 * lines that were written.
 * @returns ends the watching
 */
export function watchBundle({ appDir, outDir, entry = 'src/main.ts', onBundle, onError }: WatchOptions): () => Promise<void> {
  const app = resolve(appDir);
  const root = findWorkspaceRoot(app);
  const mainFile = join(outDir, 'main.mjs');
  const input = bundleInput({ app, root, modulesRoot: root, entry, external: [] });
  let changed: string[] = [];
  let since = performance.now();
  let begun = Date.now();
  let isBuilding = true;
  let forget = (): void => undefined;
  let again: NodeJS.Timeout | undefined;
  const onChange = (path: string): void => {
    if (!isBuilding) since = performance.now();
    isBuilding = true;
    changed.push(path);
  };
  const begin = (): RolldownWatcher => {
    const one = watch({
      ...input,
      plugins: [leavePackages(), input.plugins],
      // as Node would choose: its own loader reads them
      resolve: { ...input.resolve, conditionNames: ['node', 'import', 'module-sync', 'default'], mainFields: ['main'] },
      makeAbsoluteExternalsRelative: false,
      output: { file: mainFile, format: 'esm', sourcemap: true, keepNames: true, codeSplitting: false, comments: false },
      watch: { exclude: /\/node_modules\//, buildDelay: SETTLE_MS },
    });
    one.on('change', onChange);
    one.on('event', async (event) => {
      if (event.code === 'BUNDLE_START') begun = Date.now();
      if (event.code !== 'BUNDLE_END' && event.code !== 'ERROR') return;
      if (one === watcher) tell(event);
      await event.result.close();
    });
    return one;
  };
  const tell = (event: Ended): void => {
    isBuilding = false;
    forget();
    if (event.code === 'BUNDLE_END') {
      clearTimeout(again);
      again = undefined;
      onBundle({ mainFile, changed, since });
      changed = [];
    } else {
      // what changed counts until it has been bundled
      onError(new BuildError({ code: 'BUNDLE_FAILED', message: stripVTControlCharacters(event.error.message), cause: event.error }));
      forget = awaitMissing(event.error, begun, beginAgain);
    }
  };
  /** The bundler cannot be told to look again: another one takes its place. */
  const beginAgain = (made: string): void => {
    if (again !== undefined) return;
    onChange(made);
    again = setTimeout(() => {
      again = undefined;
      forget();
      const before = watcher;
      watcher = begin();
      void before.close();
    }, SETTLE_MS);
  };
  let watcher = begin();
  return async () => {
    clearTimeout(again);
    forget();
    await watcher.close();
  };
}

type Ended = Extract<RolldownWatcherEvent, { code: 'BUNDLE_END' | 'ERROR' }>;

/** Editors write a file in several steps, and a change of branch writes many. */
const SETTLE_MS = 30;
