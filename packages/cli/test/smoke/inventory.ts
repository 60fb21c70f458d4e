import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OWNER_LABEL } from '@seaworthy/contracts';
import { OwnImages } from '@seaworthy/images';
import Docker from 'dockerode';
import { findEngine } from '../../src/host/engine/engine.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { readState } from '../../src/start/state.ts';
import { instance } from './ask.ts';

/** What is somewhere, by path or name: equal when nothing was made, changed or removed. */
export type Inventory = Readonly<Record<string, string>>;

/** Of larger files, such as layers, only size, time and place on the disk are compared: hashing all of them takes long. */
const HASHED_BYTES = 1_000_000;
/** What must change: logs, what the engine notes meanwhile, the lock of a running command; and what git refreshes when it is asked for the state. */
const MOVING = new Set(['.seaworthy/compose.log', '.seaworthy/dockerd.log', '.seaworthy/lock', '.git/index']);

/** Of this machine, what says how the engine works, whom everybody trusts, and how git works: none of it is the platform's. */
const HOST = [
  '/etc/docker',
  '/etc/ssl/certs',
  '/usr/local/share/ca-certificates',
  '/etc/gitconfig',
  ...['.docker', '.gitconfig', '.config/git', '.git-credentials', '.pki', '.mozilla/firefox', 'Library/Keychains'].map((path) =>
    join(homedir(), path),
  ),
];

/** What the platform keeps in the clone, and git's own folder. */
export function clone(): Inventory {
  const all = Object.entries({
    ...filesIn(join(REPOSITORY, '.seaworthy')),
    ...filesIn(join(REPOSITORY, '.git')),
    ...filesIn(join(REPOSITORY, '.env')),
  });
  return Object.fromEntries(
    all.map(([path, what]) => [path.slice(REPOSITORY.length + 1), what] as const).filter(([path]) => !MOVING.has(path)),
  );
}

export function host(): Inventory {
  return Object.assign({}, ...HOST.map(filesIn)) as Inventory;
}

/** The platform's images, volumes and networks. A volume that a running container has cannot be made anew under its name; a network's id tells. */
export async function engineObjects(): Promise<Inventory> {
  const { engine } = await findEngine();
  const docker = new Docker({ socketPath: engine?.socketPath ?? '' });
  const filters = { label: [`${OWNER_LABEL}=${instance.project}`] };
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  const networks = await docker.listNetworks({ filters });
  const own = new Set([...new OwnImages(instance).list(), ...Object.values(readState(instance)?.imageIds ?? {})]);
  const images = (await docker.listImages({ all: true })).filter(({ Id }) => own.has(Id));
  return Object.fromEntries([
    ...images.map(({ Id, RepoTags }) => [`image ${Id}`, JSON.stringify(RepoTags)]),
    ...(volumes ?? []).map(({ Name, Labels }) => [`volume ${Name}`, JSON.stringify(Labels)]),
    ...networks.map(({ Name, Id, Labels }) => [`network ${Name}`, `${Id} ${JSON.stringify(Labels)}`]),
  ]) as Inventory;
}

function filesIn(path: string): Inventory {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return {};
  const mode = stat.mode.toString(8);
  if (stat.isSymbolicLink()) return { [path]: `${mode} ${readlinkSync(path)}` };
  if (stat.isDirectory())
    return Object.assign({ [path]: mode }, ...readdirSync(path).map((name) => filesIn(join(path, name)))) as Inventory;
  if (!stat.isFile() || stat.size > HASHED_BYTES) return { [path]: `${mode} ${stat.size} ${stat.mtimeMs} ${stat.ino}` };
  return { [path]: `${mode} ${createHash('sha256').update(readFileSync(path)).digest('hex')}` };
}
