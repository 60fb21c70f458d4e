import { existsSync, statSync, watch } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';

/** What the bundler says of an import: in which file, and of what. */
interface UnresolvedImport {
  readonly code?: string;
  readonly id?: string;
  readonly exporter?: string;
}

/** Times of files may lie so far behind the clock, in milliseconds. */
const TICK_MS = 20;

/**
 * The bundler watches what it has found. A file that an import names and that is not there yet is awaited here: where it should be, or
 * where the first folder is missing on the way to it.
 * @param begun when the bundling began that failed, by Date.now(): the file may have been made since
 * @returns ends the waiting
 */
export function awaitMissing(error: unknown, begun: number, onMade: (path: string) => void): () => void {
  const watchers = missingOf(error).map((path) => {
    const { folder, name } = firstMissing(path);
    const stem = basename(name, extname(name));
    const watcher = watch(folder, (_event, file) => {
      if (file === null || file.startsWith(stem)) onMade(path);
    });
    // a folder that goes again: what brings it back is a change of what imports
    watcher.on('error', () => undefined);
    const made = statSync(path, { throwIfNoEntry: false });
    if (made && made.ctimeMs >= begun - TICK_MS) onMade(path);
    return watcher;
  });
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}

function missingOf(error: unknown): string[] {
  const { errors = [] } = error as { errors?: readonly UnresolvedImport[] };
  const paths = errors.flatMap(({ code, id, exporter }) => {
    if (code !== 'UNRESOLVED_IMPORT' || id === undefined || exporter === undefined) return [];
    return exporter.startsWith('.') ? [resolve(dirname(id), exporter)] : [];
  });
  return [...new Set(paths)];
}

function firstMissing(path: string): { folder: string; name: string } {
  const folder = dirname(path);
  return existsSync(folder) ? { folder, name: basename(path) } : firstMissing(folder);
}
