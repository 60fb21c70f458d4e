import { OWNER_LABEL, testProcessOf } from '@seaworthy/contracts';
import Docker from 'dockerode';
import type { Engine } from '../host/engine/engine.ts';
import { otherClone } from '../host/findings/foreign-data.ts';
import { listVolumeLabels } from '../host/platform-objects.ts';
import { copyProjects, type Instance } from '../instance.ts';

/**
 * Names of all copies of `main` that left something on this engine, itself included. One whose data is another clone's is not among them:
 * that clone chose a name for its own that this one would give to a copy.
 */
export async function findCopies(engine: Engine, main: Instance): Promise<string[]> {
  const left = await projectsOf(engine);
  const copies = [main.project, ...copyProjects(main.project)].filter((project) => left.includes(project));
  const others = await Promise.all(copies.map(async (project) => otherClone(main, await listVolumeLabels(engine, project))));
  return copies.filter((_, index) => others[index] === undefined);
}

/** Names of what tests left on this engine whose processes were killed before they could remove it, of whatever clone. */
export async function findDeadTests(engine: Engine): Promise<string[]> {
  return (await projectsOf(engine)).filter((project) => {
    const pid = testProcessOf(project);
    return pid !== undefined && !isRunning(pid);
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** All that left anything on this engine. */
async function projectsOf(engine: Engine): Promise<string[]> {
  const docker = new Docker({ socketPath: engine.socketPath });
  const filters = { label: [OWNER_LABEL] };
  const [containers, networks, { Volumes: volumes }, images] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    docker.listImages({ filters }),
  ]);
  const labels = [...containers, ...networks, ...(volumes ?? []), ...images].map(({ Labels }) => Labels?.[OWNER_LABEL] ?? '');
  return [...new Set(labels)];
}
