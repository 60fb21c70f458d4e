import { isDeepStrictEqual } from 'node:util';
import type { DeployedRevision } from '@seaworthy/contracts';
import type { InspectedContainer } from './container.schema.ts';

/** Of the container's configuration, apart from HostConfig; the engine adds what the image says, so a revision names that, too. */
const CONFIG = ['Image', 'User', 'WorkingDir', 'Entrypoint', 'Cmd', 'Tty', 'OpenStdin'] as const;
/** What weakens a container when it is set: empty where the revision does not name it. */
const ABSENT = [
  'Privileged',
  'Binds',
  'VolumesFrom',
  'Devices',
  'DeviceCgroupRules',
  'CapAdd',
  'GroupAdd',
  'PidMode',
  'UTSMode',
  'UsernsMode',
  'PortBindings',
  'PublishAllPorts',
  'ExtraHosts',
  'Links',
  'Sysctls',
  'Tmpfs',
  'AutoRemove',
] as const;

/** In what a container differs from the revision that it says it is made from; the first difference, in words. Undefined: in nothing. */
export function driftFrom({ container, networks }: DeployedRevision, found: InspectedContainer): string | undefined {
  const { HostConfig: wantedHost, Labels: labels, ...wanted } = container as Record<string, unknown> & DeployedContainerParts;
  for (const key of CONFIG) if (!same(wanted[key], found.Config[key])) return `${key} is not the deployed one`;
  if (found.Image !== container.Image) return 'Image is not the deployed one';
  if (!sameSet(listOf(wanted['Env']), listOf(found.Config.Env))) return 'Env is not the deployed one';
  for (const [label, value] of Object.entries(labels)) {
    if (found.Config.Labels?.[label] !== value) return `label ${label} is not the deployed one`;
  }
  for (const [key, value] of Object.entries(wantedHost)) if (!same(value, found.HostConfig[key])) return `${key} is not the deployed one`;
  for (const key of ABSENT) if (!(key in wantedHost) && !isEmpty(found.HostConfig[key])) return `${key} is set`;
  const joined = Object.keys(found.NetworkSettings.Networks);
  if (
    !sameSet(
      networks.map(({ name }) => name),
      joined,
    )
  )
    return `it is on the networks ${joined.toSorted().join(', ')}`;
  return undefined;
}

/** The first path that somebody has written. The engine itself makes the directories on which it mounts volumes, and thereby alters those above. */
export function writtenPath(changed: readonly string[], mounts: readonly string[]): string | undefined {
  return changed.find((path) => !mounts.some((mount) => mount === path || mount.startsWith(`${path}/`)));
}

interface DeployedContainerParts {
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly Labels: Readonly<Record<string, string>>;
}

function same(wanted: unknown, found: unknown): boolean {
  return (isEmpty(wanted) && isEmpty(found)) || isDeepStrictEqual(wanted, found);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function sameSet(wanted: readonly string[], found: readonly string[]): boolean {
  return isDeepStrictEqual(wanted.toSorted(), found.toSorted());
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
