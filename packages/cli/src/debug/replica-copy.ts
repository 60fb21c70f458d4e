import { MOUNTS, OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { fillVolumes, type VolumeFiles } from '../engine/volumes.ts';
import type { Instance } from '../instance.ts';
import type { Replica } from './replica.ts';

/** Where the copy's debugger listens, in a network that holds the copy alone. */
export const INSPECTOR_PORT = 9229;
/** Where it is wanted on this machine: not where `npm run dev` has those of its services. */
export const DEBUGGER_PORT = 9329;

/** Throw-away: the copy gets no secret, key or certificate of the replica, and trusts nobody whom it trusts. */
export interface CopyFiles {
  readonly secrets: VolumeFiles;
  readonly trust: VolumeFiles;
}

export interface CopyOptions {
  readonly replica: Replica;
  readonly files: CopyFiles;
  readonly breakAtStart: boolean;
}

/**
 * A second container from the same image id, command, variables and limits as a running replica. What differs: no network at all, its
 * own volumes in place of the replica's, throw-away secrets and trust, and Node's inspector on loopback inside it.
 */
export async function createCopy(
  docker: Docker,
  instance: Instance,
  { replica, files, breakAtStart }: CopyOptions,
): Promise<Docker.Container> {
  const { details } = replica;
  const { Config, HostConfig, Image } = details;
  const mounts = await ownMounts(docker, instance, details, files);
  return docker.createContainer({
    name: `${instance.project}-${replica.name}`,
    Image,
    Entrypoint: Config.Entrypoint,
    Cmd: Config.Cmd,
    Env: [
      ...Config.Env,
      `NODE_OPTIONS=--inspect${breakAtStart ? '-brk' : ''}=127.0.0.1:${INSPECTOR_PORT}`,
      `TLS_CERT_FILE=${MOUNTS.secrets}/tls.pem`,
      `TLS_KEY_FILE=${MOUNTS.secrets}/tls.key`,
    ],
    User: Config.User,
    WorkingDir: Config.WorkingDir,
    Labels: { [OWNER_LABEL]: instance.project },
    HostConfig: {
      ...sameLimits(HostConfig),
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: HostConfig.SecurityOpt?.some((option: string) => option.startsWith('no-new-privileges'))
        ? HostConfig.SecurityOpt
        : [...(HostConfig.SecurityOpt ?? []), 'no-new-privileges:true'],
      IpcMode: 'private',
      NetworkMode: 'none',
      Mounts: mounts,
    },
  });
}

function sameLimits({ Memory, MemorySwap, NanoCpus, PidsLimit, Ulimits, Tmpfs, ShmSize }: Docker.HostConfig): Docker.HostConfig {
  const all = { Memory, MemorySwap, NanoCpus, PidsLimit, Ulimits, Tmpfs, ShmSize };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}

/** A volume of its own wherever the replica has one; only those of secrets and trust have something in them. */
async function ownMounts(
  docker: Docker,
  instance: Instance,
  { Mounts, Image }: Docker.ContainerInspectInfo,
  { secrets, trust }: CopyFiles,
): Promise<Docker.MountSettings[]> {
  const targets = new Map(Mounts.filter(({ Type }) => Type === 'volume').map(({ Destination, RW }) => [Destination, !RW]));
  const contents = new Map<string, VolumeFiles>([
    [MOUNTS.secrets, secrets],
    [MOUNTS.trust, trust],
  ]);
  for (const target of contents.keys()) targets.set(target, true);
  const mounts: Docker.MountSettings[] = [];
  for (const [Target, ReadOnly] of targets) {
    const name = `copy${mounts.length}`;
    await fillVolumes(docker, instance, Image, { [name]: contents.get(Target) ?? {} });
    mounts.push({ Type: 'volume', Source: `${instance.project}_${name}`, Target, ReadOnly });
  }
  return mounts;
}
