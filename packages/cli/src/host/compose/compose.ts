import { existsSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type CommandRunner } from '../command.ts';
import type { Finding } from '../findings/finding.ts';
import { STATE_DIR } from '../paths.ts';

/** `depends_on` of a service that completed, `--pull never` and `deploy.replicas` work as we use them from here on. */
const OLDEST = [2, 20] as const;
/** Where the one that we fetch is kept. */
export const OWN_COMPOSE = `${STATE_DIR}/bin/docker-compose`;
/** Where docker's client looks for the user's own plugins. */
export const PLUGIN = join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'cli-plugins/docker-compose');
const EXPECTED = `compose ${OLDEST.join('.')} or later`;

export interface Compose {
  /** program and first words: `['docker', 'compose']` */
  readonly command: readonly string[];
  readonly version: string;
}

/** The one that was fetched before; else the user's own where it is new enough, and does not vanish when another clone is cleaned. */
export async function findCompose(
  run: CommandRunner = runCommand,
  own: string = OWN_COMPOSE,
  plugin: string = PLUGIN,
): Promise<Compose | undefined> {
  const installed = leadsIntoAnotherClone(plugin, own) ? [] : [['docker', 'compose'], ['docker-compose']];
  const candidates = [...(existsSync(own) ? [[own]] : []), ...installed];
  for (const command of candidates) {
    const [program, ...words] = command as [string, ...string[]];
    const { code, stdout } = await run(program, [...words, 'version', '--short'], { timeout: 10_000 });
    const version = stdout.trim().replace(/^v/, '');
    if (code === 0 && isNewEnough(version)) return { command, version };
  }
  return undefined;
}

function leadsIntoAnotherClone(plugin: string, own: string): boolean {
  return leadsIntoClone(plugin) && readlinkSync(plugin) !== own;
}

/** A link that a start has made, of this clone or of another one, whether it is still there or not. */
export function leadsIntoClone(plugin: string): boolean {
  try {
    return readlinkSync(plugin).endsWith('/.seaworthy/bin/docker-compose');
  } catch {
    // no link, or in a folder that this user may not read
    return false;
  }
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** A warning only: a start fetches it. */
export function examineCompose(compose: Compose | undefined): Finding {
  if (compose) return { id: 'compose', level: 'ok', expected: EXPECTED, found: `${compose.version} (${compose.command.join(' ')})` };
  return {
    id: 'compose',
    level: 'warning',
    expected: EXPECTED,
    found: 'none',
    remedy: "npm start fetches it from Debian's archive into .seaworthy/bin; or install your distribution's docker-compose-v2",
  };
}
