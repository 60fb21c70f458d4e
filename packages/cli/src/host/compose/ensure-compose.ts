import { existsSync, lstatSync, mkdirSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fetchDebianProgram } from '@seaworthy/images';
import { UserError } from '../../errors.ts';
import type { Progress } from '../../ui/progress.ts';
import { runCommand, type CommandRunner } from '../command.ts';
import { recordChange } from '../host-record.ts';
import { REPOSITORY, statePath } from '../paths.ts';
import { findCompose, OWN_COMPOSE, PLUGIN } from './compose.ts';

const LOCK = join(REPOSITORY, 'infra/programs/docker-compose.lock.json');

/** Program and first words that start compose v2; where there is none, Debian's is fetched, verified and kept inside the clone. */
export async function ensureCompose(progress: Progress, run: CommandRunner = runCommand): Promise<readonly string[]> {
  const found = await findCompose(run);
  if (found) return found.command;
  const arch = ({ x64: 'amd64', arm64: 'arm64' } as const)[process.arch as string];
  if (process.platform !== 'linux' || !arch)
    throw missing(`none, and Debian's runs on Linux on amd64 and arm64 only (this is ${process.platform}-${process.arch})`);
  await progress.stage('Fetching compose (kept in .seaworthy/bin)', async (stage) => {
    const { bytes, version, source } = await fetchDebianProgram({ lockFile: LOCK, arch, cacheDir: statePath('cache') });
    keep(bytes);
    const linked = linkPlugin();
    stage.update(
      source === 'lock' ? version : `${version}; the locked one has left the archive, this is its successor by the signed index`,
    );
    if (linked !== undefined) progress.warn(linked);
  });
  const fetched = await findCompose(run);
  if (!fetched) throw missing('one that does not run here');
  return fetched.command;
}

function keep(bytes: Buffer): void {
  mkdirSync(dirname(OWN_COMPOSE), { recursive: true, mode: 0o700 });
  writeFileSync(`${OWN_COMPOSE}.new`, bytes, { mode: 0o755 });
  renameSync(`${OWN_COMPOSE}.new`, OWN_COMPOSE);
}

/**
 * So that `docker compose ps` works as people expect. An existing plugin is left alone, but for a link into a clone that is gone.
 * Nothing here needs the link: where the user's folder cannot be written, what to type instead is returned.
 */
export function linkPlugin(plugin: string = PLUGIN): string | undefined {
  try {
    const existing = lstatSync(plugin, { throwIfNoEntry: false });
    if (existing && !(existing.isSymbolicLink() && !existsSync(readlinkSync(plugin)))) return undefined;
    mkdirSync(dirname(plugin), { recursive: true });
    recordChange({ composePlugin: plugin });
    const draft = `${plugin}.${process.pid}`;
    symlinkSync(OWN_COMPOSE, draft);
    renameSync(draft, plugin);
  } catch (error) {
    return `docker compose is not made to work here (${error instanceof Error ? error.message : String(error)}); ${OWN_COMPOSE} ps does the same`;
  }
  return undefined;
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
