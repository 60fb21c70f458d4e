import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { undoneOnce } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';

/** On containers that the host makes for a moment: to fill a volume, to ask the edge. No other program makes such. */
const HELPER_LABEL = 'dev.seaworthy.helper';

export function helperLabels(instance: Instance): Record<string, string> {
  return { [OWNER_LABEL]: instance.project, [HELPER_LABEL]: 'host' };
}

/** Makes a container for `work`, and removes it when that has ended; also when the run is interrupted. */
export async function withHelper<T>(
  docker: Docker,
  options: Docker.ContainerCreateOptions,
  work: (container: Docker.Container) => Promise<T>,
): Promise<T> {
  const making = docker.createContainer(options);
  const remove = undoneOnce(making, async () => (await making).remove({ force: true }));
  try {
    return await work(await making);
  } finally {
    await remove();
  }
}

/** Removes those that a killed run left. Only whoever holds the lock of the run may call it: they are nobody else's. */
export async function removeHelpers(docker: Docker, instance: Instance): Promise<void> {
  const filters = { label: [`${OWNER_LABEL}=${instance.project}`, HELPER_LABEL] };
  const left = await docker.listContainers({ all: true, filters });
  await Promise.all(left.map(async ({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
}
