import { readFileSync } from 'node:fs';
import { desiredSchema } from '@seaworthy/contracts';
import type { DeployedRevision, Desired, DesiredService } from '@seaworthy/contracts';
import type { FleetScope } from '../config.ts';
import { Refusal } from '../refusal.ts';

/** What deploy wrote down, at this moment. Where that cannot be read, or is another project's, nothing is allowed. */
export function readDeployed({ desiredFile, project }: FleetScope): Desired {
  const desired = parse(desiredFile);
  if (desired?.project === project) return desired;
  throw new Refusal({ rule: 'REVISION', message: 'expected what deploy wants, found nothing that can be read; was anything deployed?' });
}

export function revisionsOf({ current, previous }: DesiredService): DeployedRevision[] {
  return previous === undefined ? [current] : [current, previous];
}

function parse(file: string): Desired | undefined {
  try {
    return desiredSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
