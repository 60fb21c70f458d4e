import { existsSync } from 'node:fs';
import { OWNER_LABEL } from '@seaworthy/contracts';
import Docker from 'dockerode';
import type { Engine } from './engine/engine.ts';
import type { OtherNetwork } from './findings/names.ts';

/** A container of the platform, as the engine tells it. */
export interface PlatformContainer {
  readonly id: string;
  readonly project: string;
  /** compose service; undefined for a job's container */
  readonly service: string | undefined;
  readonly name: string;
  readonly image: string;
  /** created, running, exited … */
  readonly state: string;
  /** `Up 3 minutes (healthy)` */
  readonly status: string;
  /** published on the host */
  readonly ports: readonly number[];
}

/** Where the engine keeps images and volumes; undefined where that is not of this machine, but of a virtual one. */
export async function engineFolder(engine: Engine): Promise<string | undefined> {
  const { DockerRootDir: folder } = (await new Docker({ socketPath: engine.socketPath }).info()) as { DockerRootDir?: string };
  return folder !== undefined && existsSync(folder) ? folder : undefined;
}

/** Containers of one copy of the platform, or of all copies. Found by label, so that what a broken run left is found too. */
export async function listContainers(engine: Engine, project?: string): Promise<PlatformContainer[]> {
  const docker = new Docker({ socketPath: engine.socketPath });
  const label = project === undefined ? OWNER_LABEL : `${OWNER_LABEL}=${project}`;
  const found = await docker.listContainers({ all: true, filters: { label: [label] } });
  return found.map((one) => ({
    id: one.Id,
    project: one.Labels[OWNER_LABEL] ?? '',
    service: one.Labels['com.docker.compose.service'],
    name: (one.Names[0] ?? one.Id).replace(/^\//, ''),
    image: one.Image,
    state: one.State,
    status: one.Status,
    ports: [...new Set(one.Ports.map(({ PublicPort }) => PublicPort).filter((port) => port !== undefined))],
  }));
}

/** Labels of the volumes of one copy of the platform. */
export async function listVolumeLabels(engine: Engine, project: string): Promise<Readonly<Record<string, string>>[]> {
  const docker = new Docker({ socketPath: engine.socketPath });
  const { Volumes: volumes } = await docker.listVolumes({ filters: { label: [`${OWNER_LABEL}=${project}`] } });
  return (volumes ?? []).map(({ Labels }) => Labels ?? {});
}

/** The engine's networks that are not of this copy of the platform. */
export async function listOtherNetworks(engine: Engine, project: string): Promise<OtherNetwork[]> {
  const docker = new Docker({ socketPath: engine.socketPath });
  const others = (await docker.listNetworks()).filter(({ Labels }) => Labels?.[OWNER_LABEL] !== project);
  return others.map(({ Name, IPAM }) => ({ name: Name, subnets: (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []) }));
}
