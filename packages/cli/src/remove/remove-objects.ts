import { OWNER_LABEL, REVISION_LABEL } from '@seaworthy/contracts';
import Docker from 'dockerode';
import type { Engine } from '../host/engine/engine.ts';

/** Services get that long to drain before they are killed, in seconds. */
const GRACE = 10;

export interface Removed {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
  readonly images: number;
}

/** Stops and removes the containers and networks of one copy, and the volumes of jobs that a broken run left. Data stays. */
export async function stopCopy(engine: Engine, project: string): Promise<Removed> {
  const docker = new Docker({ socketPath: engine.socketPath });
  const containers = await removeContainers(docker, project);
  const networks = await removeNetworks(docker, project);
  const volumes = await removeVolumes(docker, project, isOfAJob);
  return { containers, networks, volumes, images: 0 };
}

/** Removes everything of one copy, data included. */
export async function removeCopy(engine: Engine, project: string): Promise<Removed> {
  const docker = new Docker({ socketPath: engine.socketPath });
  const containers = await removeContainers(docker, project);
  return {
    containers,
    networks: await removeNetworks(docker, project),
    volumes: await removeVolumes(docker, project, () => true),
    images: await removeLabelledImages(docker, project),
  };
}

/** Removes replicas of services that are not among the `kept`; only what a deploy made for the fleet has the label of a revision. */
export async function removeReplicas(docker: Docker, project: string, kept: readonly string[]): Promise<void> {
  const replicas = await docker.listContainers({ all: true, filters: { label: [`${OWNER_LABEL}=${project}`, REVISION_LABEL] } });
  await takeAway(
    docker,
    replicas.filter(({ Labels }) => !kept.includes(Labels['com.docker.compose.service'] ?? '')),
  );
}

/** What became of images that this clone had brought. */
export interface RemovedImages {
  readonly removed: number;
  /** those that stay: their tags, else the first of their ids */
  readonly kept: readonly string[];
}

/**
 * Removes the images that `ids` names and that nothing else uses. Those that somebody tagged, built upon or runs stay: they are theirs by
 * now. The engine itself refuses for the last two; a tagged one it would delete by its id.
 */
export async function removeImages(engine: Engine, ids: readonly string[]): Promise<RemovedImages> {
  const docker = new Docker({ socketPath: engine.socketPath });
  let removed = 0;
  const kept: string[] = [];
  for (const id of ids) {
    const image = docker.getImage(id);
    const tags = await image.inspect().then(
      ({ RepoTags }) => RepoTags ?? [],
      () => undefined,
    );
    if (tags === undefined) continue;
    const isGone =
      tags.length === 0 &&
      (await image.remove().then(
        () => true,
        () => false,
      ));
    if (isGone) removed += 1;
    else kept.push(tags.join(', ') || id.slice(0, 'sha256:'.length + 12));
  }
  return { removed, kept };
}

async function removeContainers(docker: Docker, project: string): Promise<number> {
  await stopFleet(docker, project);
  const found = await docker.listContainers({ all: true, filters: { label: [`${OWNER_LABEL}=${project}`] } });
  await takeAway(docker, found);
  return found.length;
}

async function takeAway(docker: Docker, containers: readonly Docker.ContainerInfo[]): Promise<void> {
  await Promise.all(
    containers.map(async ({ Id, State }) => {
      const container = docker.getContainer(Id);
      if (State === 'running') await orGone(container.stop({ t: GRACE }));
      await orGone(container.remove({ force: true, v: true }).catch((error: unknown) => whileAnotherRemoves(container, error)));
    }),
  );
}

/** First of all: it would bring back what is taken away. */
async function stopFleet(docker: Docker, project: string): Promise<void> {
  const found = await docker.listContainers({ filters: { label: [`${OWNER_LABEL}=${project}`, 'com.docker.compose.service=fleet'] } });
  await Promise.all(found.map(async ({ Id }) => orGone(docker.getContainer(Id).stop({ t: GRACE }))));
}

async function removeNetworks(docker: Docker, project: string): Promise<number> {
  const found = await docker.listNetworks({ filters: { label: [`${OWNER_LABEL}=${project}`] } });
  for (const { Id } of found) await orGone(docker.getNetwork(Id).remove());
  return found.length;
}

async function removeVolumes(docker: Docker, project: string, isWanted: (labels: Record<string, string>) => boolean): Promise<number> {
  const { Volumes: volumes } = await docker.listVolumes({ filters: { label: [`${OWNER_LABEL}=${project}`] } });
  const found = (volumes ?? []).filter(({ Labels }) => isWanted(Labels ?? {}));
  for (const { Name } of found) await orGone(docker.getVolume(Name).remove({ force: true }));
  return found.length;
}

/** Those that a test built with the engine itself. What is loaded from a layout has no such label: `removeImages` knows its ids. */
async function removeLabelledImages(docker: Docker, project: string): Promise<number> {
  const found = await docker.listImages({ filters: { label: [`${OWNER_LABEL}=${project}`] } });
  for (const { Id } of found) await orGone(docker.getImage(Id).remove({ force: true }));
  return found.length;
}

/** Compose labels what holds data; a job's volumes have only the owner's label. */
function isOfAJob(labels: Record<string, string>): boolean {
  return labels['com.docker.compose.volume'] === undefined;
}

/** 409: the pipeline is removing a job's container at the same moment; what it holds is free once it is gone. */
async function whileAnotherRemoves(container: Docker.Container, error: unknown): Promise<void> {
  if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 409)) throw error;
  await container.wait({ condition: 'removed' }).catch(() => undefined);
}

/** Somebody else may have removed it, or stopped it (304), in the meantime. */
async function orGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
    if (status !== 304 && status !== 404) throw error;
  }
}
