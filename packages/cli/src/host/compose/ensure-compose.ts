import { existsSync, lstatSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fetchDebianProgram } from '@seaworthy/images';
import { UserError } from '../../errors.ts';
import type { Progress } from '../../ui/progress.ts';
import { runCommand, type CommandRunner } from '../command.ts';
import { readHostRecord, recordChange } from '../host-record.ts';
import { REPOSITORY, STATE_DIR } from '../paths.ts';
import { findCompose, leadsIntoClone, OWN_COMPOSE, PLUGIN } from './compose.ts';

const LOCK = join(REPOSITORY, 'infra/programs/docker-compose.lock.json');
const CACHE = join(STATE_DIR, 'cache');

export interface ComposeHost {
  readonly run?: CommandRunner;
  readonly fetch?: typeof fetchDebianProgram;
  /** where it is kept, where docker's client looks for it, and where the link to it is noted for `npm run clean` */
  readonly own?: string;
  readonly plugin?: string;
  readonly record?: string;
}

/** Program and first words that start compose v2; where there is none, Debian's is fetched, verified and kept inside the clone. */
export async function ensureCompose(
  progress: Progress,
  { run = runCommand, fetch = fetchDebianProgram, own = OWN_COMPOSE, plugin = PLUGIN, record }: ComposeHost = {},
): Promise<readonly string[]> {
  const found = await findCompose(run, own, plugin);
  if (found) return found.command;
  const arch = ({ x64: 'amd64', arm64: 'arm64' } as const)[process.arch as string];
  if (process.platform !== 'linux' || !arch)
    throw missing(`none, and Debian's runs on Linux on amd64 and arm64 only (this is ${process.platform}-${process.arch})`);
  await progress.stage('Fetching compose (kept in .seaworthy/bin)', async (stage) => {
    const { bytes, version, source } = await fetch({ lockFile: LOCK, arch, cacheDir: CACHE });
    keep(bytes, own);
    const linked = linkPlugin({ own, plugin, record });
    stage.update(
      source === 'lock' ? version : `${version}; the locked one has left the archive, this is its successor by the signed index`,
    );
    if (linked !== undefined) progress.warn(linked);
  });
  const fetched = await findCompose(run, own, plugin);
  if (!fetched) throw missing('one that does not run here');
  return fetched.command;
}

function keep(bytes: Buffer, own: string): void {
  mkdirSync(dirname(own), { recursive: true, mode: 0o700 });
  writeFileSync(`${own}.new`, bytes, { mode: 0o755 });
  renameSync(`${own}.new`, own);
}

/**
 * So that `docker compose ps` works as people expect. An existing plugin is left alone, but for a link into a clone that is gone.
 * Nothing here needs the link: where the user's folder cannot be written, what to type instead is returned.
 */
export function linkPlugin({ own, plugin, record }: { own: string; plugin: string; record?: string | undefined }): string | undefined {
  try {
    const existing = lstatSync(plugin, { throwIfNoEntry: false });
    if (existing && (existsSync(plugin) || !leadsIntoClone(plugin))) return undefined;
    const known = readHostRecord(record).folders ?? [];
    recordChange({ composePlugin: plugin, folders: [...missingFolders(dirname(plugin)), ...known] }, record);
    mkdirSync(dirname(plugin), { recursive: true });
    const draft = `${plugin}.${process.pid}`;
    symlinkSync(own, draft);
    renameSync(draft, plugin);
  } catch (error) {
    return `docker compose is not made to work here (${error instanceof Error ? error.message : String(error)}); ${own} ps does the same`;
  }
  return undefined;
}

/** A folder and those above it that are not there, the innermost first. */
function missingFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [folder, ...missingFolders(dirname(folder))];
}

function missing(found: string): UserError {
  return new UserError({
    code: 'COMPOSE_MISSING',
    message: 'There is no compose v2 to work with',
    expected: 'docker compose 2.20 or later',
    found,
    remedy:
      'install the package docker-compose-v2 (Ubuntu), docker-compose-plugin (docker.com) or docker-compose (Homebrew, Debian 13), and start again',
  });
}
