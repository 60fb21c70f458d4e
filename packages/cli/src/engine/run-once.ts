import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Instance } from '../instance.ts';
import { helperLabels, withHelper } from './helper-containers.ts';

export interface OneOff {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** volumes of the copy by name, each with where it is mounted */
  readonly mounts?: Readonly<Record<string, string>>;
  /** one of the copy's networks; none without it */
  readonly network?: string;
  /** id of a container whose network it shares, instead of one of its own */
  readonly networkOf?: string;
  /** milliseconds after which it is ended; without it, it is waited for */
  readonly endAfter?: number;
  /** called when the engine is about to be asked to start it */
  readonly onStart?: () => void;
}

export interface OneOffResult {
  /** undefined when it was ended by us */
  readonly exitCode: number | undefined;
  readonly output: string;
}

/** Runs a container to its end, hardened like every other of the platform, and removes it, also after Ctrl-C. */
export async function runOnce(docker: Docker, instance: Instance, oneOff: OneOff): Promise<OneOffResult> {
  const options: Docker.ContainerCreateOptions = {
    Image: oneOff.image,
    ...(oneOff.entrypoint === undefined ? {} : { Entrypoint: [...oneOff.entrypoint] }),
    ...(oneOff.command === undefined ? {} : { Cmd: [...oneOff.command] }),
    Env: Object.entries(oneOff.env ?? {}).map(([name, value]) => `${name}=${value}`),
    User: '65532:65532',
    Labels: helperLabels(instance),
    HostConfig: {
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      PidsLimit: 64,
      Memory: 256 * 1024 * 1024,
      NetworkMode: networkMode(instance, oneOff),
      Mounts: Object.entries(oneOff.mounts ?? {}).map(([name, target]) => ({
        Type: 'volume',
        Source: `${instance.project}_${name}`,
        Target: target,
      })),
    },
  };
  return withHelper(docker, options, async (container) => {
    oneOff.onStart?.();
    await container.start();
    const ended = container.wait() as Promise<{ StatusCode: number }>;
    const first = oneOff.endAfter === undefined ? await ended : await Promise.race([ended, sleep(oneOff.endAfter, undefined)]);
    return { exitCode: first?.StatusCode, output: await logsOf(container) };
  });
}

function networkMode({ project }: Instance, { network, networkOf }: OneOff): string {
  if (networkOf !== undefined) return `container:${networkOf}`;
  return network === undefined ? 'none' : `${project}_${network}`;
}

/** What a container printed, both streams together, without the engine's frames around it. */
async function logsOf(container: Docker.Container): Promise<string> {
  const raw = await container.logs({ stdout: true, stderr: true });
  return unframe(raw);
}

/** Engine API, "Attach to a container", stream format: eight bytes of header before each piece, its length in the last four. */
export function unframe(raw: Buffer): string {
  const chunks: Buffer[] = [];
  for (let offset = 0; offset + 8 <= raw.length;) {
    const length = raw.readUInt32BE(offset + 4);
    chunks.push(raw.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length;
  }
  return Buffer.concat(chunks).toString('utf8');
}
