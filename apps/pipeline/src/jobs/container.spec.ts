import type { ContainerSpec, VolumeMount, VolumeSpec } from '../engine/engine.client.ts';
import { JOB_UID } from './tar.rules.ts';

interface JobContainer {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly mounts: readonly VolumeMount[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** name of a network, or none */
  readonly network?: string | undefined;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pids: number;
  /** size of /tmp, e.g. 512m; without it there is none */
  readonly scratch?: string;
}

/** The hardened profile of everything that the pipeline runs (practices 5.1, 5.5, 5.6). The filter refuses anything weaker. */
export function containerSpec(job: JobContainer): ContainerSpec {
  return {
    Image: job.image,
    Entrypoint: job.entrypoint,
    User: `${JOB_UID}:${JOB_UID}`,
    Labels: job.labels,
    ...(job.environment ? { Env: Object.entries(job.environment).map(([name, value]) => `${name}=${value}`) } : {}),
    ...(job.workingDir ? { WorkingDir: job.workingDir } : {}),
    HostConfig: {
      NetworkMode: job.network ?? 'none',
      // no resolver at all: on a network, the engine's own would otherwise pass questions on to the host's
      ...(job.network ? { Dns: ['127.0.0.1'] } : {}),
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      IpcMode: 'private',
      Memory: job.memoryBytes,
      MemorySwap: job.memoryBytes,
      NanoCpus: Math.round(job.cpus * 1e9),
      PidsLimit: job.pids,
      Init: false,
      Mounts: job.mounts,
      ...(job.scratch ? { Tmpfs: { '/tmp': `rw,nosuid,nodev,exec,size=${job.scratch},mode=1777` } } : {}),
      LogConfig: { Type: 'json-file', Config: { 'max-size': '8m', 'max-file': '1' } },
    },
  };
}

/** Memory with a size limit; local volumes on disk have none. It lives as long as a keeper holds it, and leaves nothing behind. */
export function memoryVolume({ name, size, labels }: { name: string; size: string; labels: Readonly<Record<string, string>> }): VolumeSpec {
  const o = `nosuid,nodev,size=${size},mode=0755,uid=${JOB_UID},gid=${JOB_UID}`;
  return { Name: name, Driver: 'local', DriverOpts: { type: 'tmpfs', device: 'tmpfs', o }, Labels: labels };
}

export function mount(volume: string, target: string, readOnly: boolean): VolumeMount {
  return { Type: 'volume', Source: volume, Target: target, ReadOnly: readOnly };
}
