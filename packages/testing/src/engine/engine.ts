import Docker from 'dockerode';
import { OWNER_LABEL } from '@seaworthy/contracts';

/** The engine that tests use: DOCKER_HOST, or the usual socket. */
export const engine = new Docker();

/** Everything that a test makes carries its process, so that what a killed run has left can be told from what runs now. */
export const TEST_LABELS: Readonly<Record<string, string>> = {
  [OWNER_LABEL]: 'test',
  'dev.seaworthy.test.process': String(process.pid),
};

// the reaper of testcontainers is an image of a public registry; labels do its work
process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';

/** Removes containers, volumes and networks of test processes that are no more. */
export async function sweepLeftovers(): Promise<void> {
  const filters = { label: [`${OWNER_LABEL}=test`] };
  const dead = ({ Labels }: { Labels?: Record<string, string> | null }): boolean =>
    !isRunning(Number(Labels?.['dev.seaworthy.test.process']));
  const containers = await engine.listContainers({ all: true, filters });
  await Promise.allSettled(containers.filter(dead).map(async ({ Id }) => engine.getContainer(Id).remove({ force: true, v: true })));
  const { Volumes } = await engine.listVolumes({ filters });
  await Promise.allSettled(Volumes.filter(dead).map(async ({ Name }) => engine.getVolume(Name).remove()));
  const networks = await engine.listNetworks({ filters });
  await Promise.allSettled(networks.filter(dead).map(async ({ Id }) => engine.getNetwork(Id).remove()));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
