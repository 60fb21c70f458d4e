import { setTimeout as sleep } from 'node:timers/promises';
import { MOUNTS, OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { unframe } from '../../engine/run-once.ts';
import { fillVolumes, type VolumeFiles } from '../../engine/volumes.ts';
import { UserError } from '../../errors.ts';
import { interrupted } from '../../host/interrupt.ts';
import type { Instance } from '../../instance.ts';

interface Part {
  /** name of an image in infra/images */
  readonly image: string;
  readonly env?: Readonly<Record<string, string>>;
  /** where each volume is mounted */
  readonly volumes: Readonly<Record<string, string>>;
  readonly tmpfs: readonly string[];
}
export interface OneShot extends Part {}
export interface Server extends Part {
  readonly name: string;
  readonly port: number;
  /** in its log when it can be used */
  readonly ready: RegExp;
  /** MiB */
  readonly memory: number;
}

const POLL_MS = 50;
const PATIENCE_MS = 60_000;
const MIB = 1024 * 1024;

/** Runs stores for one session: hardened like the platform's, published on loopback alone, all with the session's label. */
export class StoreHost {
  readonly secretsMount = MOUNTS.secrets;
  readonly #docker: Docker;
  readonly #instance: Instance;
  readonly #images: Readonly<Record<string, string>>;
  #network: Promise<string> | undefined;
  readonly #servers: Docker.Container[] = [];
  readonly #shared = new Map<string, Promise<unknown>>();

  /** `images`: ids by name */
  constructor(docker: Docker, instance: Instance, images: Readonly<Record<string, string>>) {
    this.#docker = docker;
    this.#instance = instance;
    this.#images = images;
  }

  /** A volume with these files, for the services' user alone. @returns its name */
  async volume(name: string, files: VolumeFiles): Promise<string> {
    await fillVolumes(this.#docker, this.#instance, Object.values(this.#images)[0] ?? '', { [name]: files });
    return `${this.#instance.project}_${name}`;
  }

  /** What `start` made when it was asked for by this name the first time: a store of several services. */
  async shared<T>(name: string, start: () => Promise<T>): Promise<T> {
    const started = (this.#shared.get(name) as Promise<T> | undefined) ?? start();
    this.#shared.set(name, started);
    return started;
  }

  /** @throws UserError FAILED with what it printed, when it ends with anything but 0 */
  async runToEnd(part: OneShot): Promise<void> {
    const container = await this.#create(part, { NetworkMode: 'none' });
    await container.start();
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    if (code !== 0) throw failure(part.image, await logOf(container));
    await container.remove({ v: true });
  }

  /** @returns where it answers */
  async run(server: Server): Promise<{ address: string; port: number }> {
    const port = `${server.port}/tcp`;
    const container = await this.#create(server, {
      NetworkMode: await (this.#network ??= this.#createNetwork()),
      Memory: server.memory * MIB,
      // an empty port: the engine picks one; 127.0.0.1: nobody else's business
      PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
    });
    this.#servers.push(container);
    await container.start();
    await this.#awaitReady(container, server);
    const { NetworkSettings } = await container.inspect();
    return { address: '127.0.0.1', port: Number(NetworkSettings.Ports[port]?.[0]?.HostPort) };
  }

  /** Resolves when one of the stores is gone: somebody ran `npm stop`, or it died. */
  async lost(): Promise<void> {
    await Promise.race(this.#servers.map(async (container) => container.wait().catch(() => undefined)));
  }

  async #create(part: Part & { name?: string; port?: number }, host: Docker.HostConfig): Promise<Docker.Container> {
    interrupted.throwIfAborted();
    return this.#docker.createContainer({
      ...(part.name && { name: `${this.#instance.project}-${part.name}` }),
      Image: this.#images[part.image] ?? part.image,
      Env: Object.entries(part.env ?? {}).map(([name, value]) => `${name}=${value}`),
      User: '65532:65532',
      Labels: { [OWNER_LABEL]: this.#instance.project },
      ...(part.port && { ExposedPorts: { [`${part.port}/tcp`]: {} } }),
      HostConfig: {
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        IpcMode: 'private',
        PidsLimit: 128,
        Memory: 256 * MIB,
        Dns: ['127.0.0.1'],
        Tmpfs: Object.fromEntries(part.tmpfs.map((mount) => mount.split(/:(.*)/s, 2) as [string, string])),
        Mounts: Object.entries(part.volumes).map(([Source, Target]) => ({ Type: 'volume' as const, Source, Target })),
        ...host,
      },
    });
  }

  /** Without masquerading it has no way out; the host reaches it to publish on loopback. */
  async #createNetwork(): Promise<string> {
    const Name = `${this.#instance.project}_stores`;
    const Options = { 'com.docker.network.bridge.enable_ip_masquerade': 'false' };
    await this.#docker.createNetwork({ Name, CheckDuplicate: true, Labels: { [OWNER_LABEL]: this.#instance.project }, Options });
    return Name;
  }

  async #awaitReady(container: Docker.Container, { ready, image }: Server): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!interrupted.aborted) {
      const { State } = await container.inspect();
      const log = await logOf(container);
      if (ready.test(log)) return;
      if (!State.Running || performance.now() > deadline) throw failure(image, log);
      await sleep(POLL_MS);
    }
  }
}

async function logOf(container: Docker.Container): Promise<string> {
  return unframe(await container.logs({ stdout: true, stderr: true }));
}

function failure(image: string, log: string): UserError {
  return new UserError({
    code: 'FAILED',
    message: `The throw-away ${image} did not start`,
    expected: 'it to become ready',
    found: log.trim().split('\n').slice(-5).join('\n') || 'no word from it',
    remedy: 'npm run doctor, then start again',
  });
}
