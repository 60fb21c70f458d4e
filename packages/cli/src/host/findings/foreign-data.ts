import { statSync } from 'node:fs';
import { CLONE_LABEL, cloneId, ROOT_LABEL } from '../../engine/clone-labels.ts';
import type { Instance } from '../../instance.ts';
import type { Finding } from './finding.ts';

/** Labels of each volume of this project, as the engine tells them. */
type VolumeLabels = readonly Readonly<Record<string, string>>[];

/** Volumes whose keys are gone, and what they were deleted with, in words. */
interface Orphans {
  readonly count: number;
  readonly owner: string;
  /** made by this clone, where it lies */
  readonly isOwn: boolean;
}

/**
 * Whether data of this project on the engine belongs to the keys that this clone keeps. A start over another clone's would lock that one
 * out of its own: its images were signed, and its database was locked, with keys that are not here.
 */
export function examineForeignData(instance: Instance, volumes: VolumeLabels, exists?: (path: string) => boolean): Finding {
  const fact = { id: 'data', expected: `data of project ${instance.project} that belongs to this clone, or none` };
  const foreign = foreignTo(instance, volumes);
  if (foreign.length === 0) return { ...fact, level: 'ok', found: volumes.length === 0 ? 'none' : 'its own' };
  const other = otherClone(instance, volumes, exists);
  if (other === undefined) {
    return {
      ...fact,
      level: 'warning',
      found: `data whose keys were deleted with ${findOrphans(instance, volumes, exists).owner}`,
      remedy: 'put that .seaworthy back; without it nobody can use that data, and npm start removes it, unless its containers run',
    };
  }
  return {
    ...fact,
    level: 'error',
    code: 'HOST_NOT_READY',
    found: `that of the clone at ${other}`,
    remedy:
      `work there; or remove that one: npm run clean in ${other};\n` +
      'or let this one run beside it: with SEAWORTHY_PROJECT, SEAWORTHY_SUBNET and the SEAWORTHY_…_PORT of its own (docs/reference)',
  };
}

/** Where the other clone lies to which data of this project belongs; undefined when it is this one, or is gone. */
export function otherClone(instance: Instance, volumes: VolumeLabels, exists: (path: string) => boolean = isThere): string | undefined {
  const roots = foreignTo(instance, volumes).map(({ [ROOT_LABEL]: root }) => root ?? '');
  return roots.find((root) => root !== '' && !isOwnRoot(instance, root) && exists(root));
}

/** The clone itself, or one that it made below its own state, for `npm run bench`. */
function isOwnRoot({ root, sharedDir }: Instance, other: string): boolean {
  return other === root || other.startsWith(`${sharedDir}/`);
}

/** What cannot be looked at is somebody else's, not gone: another user's home, a disk that fails. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** Data of a clone that is gone, or of this one before its folder .seaworthy was deleted. None while another clone can still use it. */
export function findOrphans(instance: Instance, volumes: VolumeLabels, exists?: (path: string) => boolean): Orphans {
  const foreign = foreignTo(instance, volumes);
  if (otherClone(instance, volumes, exists) !== undefined) return { count: 0, owner: '', isOwn: true };
  const root = foreign[0]?.[ROOT_LABEL];
  const isOwn = root === undefined || isOwnRoot(instance, root);
  const owner = isOwn ? 'the folder .seaworthy of this clone' : `the clone at ${root}`;
  return { count: foreign.length, owner, isOwn };
}

function foreignTo(instance: Instance, volumes: VolumeLabels): VolumeLabels {
  const own = cloneId(instance);
  return volumes.filter(({ [CLONE_LABEL]: id }) => id !== undefined && id !== own);
}
