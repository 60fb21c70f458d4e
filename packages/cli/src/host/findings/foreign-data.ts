import { existsSync } from 'node:fs';
import { CLONE_LABEL, cloneId, ROOT_LABEL } from '../../engine/clone-labels.ts';
import type { Instance } from '../../instance.ts';
import type { Finding } from './finding.ts';

/** Labels of each volume of this project, as the engine tells them. */
type VolumeLabels = readonly Readonly<Record<string, string>>[];

/**
 * Whether data of this project on the engine belongs to the keys that this clone keeps. A start over another clone's would lock that one
 * out of its own: its images were signed, and its database was locked, with keys that are not here.
 */
export function examineForeignData(instance: Instance, volumes: VolumeLabels, exists?: (path: string) => boolean): Finding {
  const own = cloneId(instance);
  const fact = { id: 'data', expected: `data of project ${instance.project} that belongs to this clone, or none` };
  if (volumes.every(({ [CLONE_LABEL]: id }) => id === undefined || id === own))
    return { ...fact, level: 'ok', found: volumes.length === 0 ? 'none' : 'its own' };
  const other = otherClone(instance, volumes, exists);
  const error = { ...fact, level: 'error', code: 'HOST_NOT_READY' } as const;
  if (other === undefined) {
    const found = 'data whose keys are not here: .seaworthy, or the clone that made it, was deleted';
    return { ...error, found, remedy: 'put .seaworthy back; without it nobody can use that data: npm run clean, and begin anew' };
  }
  return {
    ...error,
    found: `that of the clone at ${other}`,
    remedy:
      `work there; or remove that one: npm run clean in ${other};\n` +
      'or let this one run beside it: with SEAWORTHY_PROJECT, SEAWORTHY_SUBNET and the SEAWORTHY_…_PORT of its own (docs/reference)',
  };
}

/** Where the other clone lies to which data of this project belongs; undefined when it is this one, or is gone. */
export function otherClone(instance: Instance, volumes: VolumeLabels, exists: (path: string) => boolean = existsSync): string | undefined {
  const own = cloneId(instance);
  const roots = volumes.filter(({ [CLONE_LABEL]: id }) => id !== undefined && id !== own).map(({ [ROOT_LABEL]: root }) => root ?? '');
  return roots.find((root) => root !== instance.root && exists(root));
}
