import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import type { Instance } from '../instance.ts';

/** On containers that the host makes for a moment: to fill a volume, to ask the edge. No other program makes such. */
const HELPER_LABEL = 'dev.seaworthy.helper';

export function helperLabels(instance: Instance): Record<string, string> {
  return { [OWNER_LABEL]: instance.project, [HELPER_LABEL]: 'host' };
}

/** Removes those that a killed run left. Only whoever holds the lock of the run may call it: they are nobody else's. */
export async function removeHelpers(docker: Docker, instance: Instance): Promise<void> {
  const filters = { label: [`${OWNER_LABEL}=${instance.project}`, HELPER_LABEL] };
  const left = await docker.listContainers({ all: true, filters });
  await Promise.all(left.map(async ({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
}
