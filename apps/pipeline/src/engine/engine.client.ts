import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { json, text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { EngineError } from './engine.error.ts';

export interface VolumeMount {
  readonly Type: 'volume';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}

/** What `POST /containers/create` gets; the filter refuses every other field. */
export interface ContainerSpec {
  readonly Image: string;
  readonly Entrypoint: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly User: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly HostConfig: Readonly<Record<string, unknown>>;
}

export interface NetworkSpec {
  readonly name: string;
  /** such as 10.213.6.0/28 */
  readonly subnet: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface VolumeSpec {
  readonly Name: string;
  readonly Driver: 'local';
  readonly DriverOpts: { readonly type: 'tmpfs'; readonly device: 'tmpfs'; readonly o: string };
  readonly Labels: Readonly<Record<string, string>>;
}

const Id = z.object({ Id: z.string() });
const Waited = z.object({ StatusCode: z.int() });
const Listed = z.array(z.object({ Id: z.string(), Names: z.array(z.string()).nullish(), Labels: z.record(z.string(), z.string()) }));
const Volumes = z.object({
  Volumes: z.array(z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() })).nullish(),
});
const Networks = z.array(z.object({ Id: z.string(), Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));
const Joined = z.object({ NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string() })) }) });
const Inspected = z.object({ State: z.object({ Running: z.boolean(), ExitCode: z.int(), OOMKilled: z.boolean().optional() }) });

interface ContainerEnd {
  readonly exitCode: number;
  readonly wasOutOfMemory: boolean;
}

interface Patience {
  /** for an answer, whole */
  readonly answerMs: number;
  /** for one that is, or takes, an archive */
  readonly archiveMs: number;
}

/** Far beyond what a busy machine needs: runs go one at a time, and an engine that never answers would hold back every later one. */
const PATIENCE: Patience = { answerMs: 120_000, archiveMs: 600_000 };

/** The engine as the filter shows it: this control plane's own containers and volumes, and nothing else. */
export class EngineClient {
  readonly #socketPath: string;
  readonly #patience: Patience;

  constructor(socketPath: string, patience: Patience = PATIENCE) {
    this.#socketPath = socketPath;
    this.#patience = patience;
  }

  async ping(): Promise<void> {
    await this.#ask('GET', '/_ping');
  }

  async createVolume(volume: VolumeSpec): Promise<void> {
    await this.#ask('POST', '/volumes/create', { body: volume });
  }

  async removeVolume(name: string): Promise<void> {
    await this.#ask('DELETE', `/volumes/${name}`, { absent: true });
  }

  async listVolumes(): Promise<{ name: string; labels: Record<string, string> }[]> {
    const { Volumes: found } = Volumes.parse(await json(await this.#send('GET', '/volumes')));
    return (found ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
  }

  /** A bridge of sixteen addresses that leads nowhere, and on which the host has none. */
  async createNetwork({ name, subnet, labels }: NetworkSpec): Promise<void> {
    const body = {
      Name: name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Internal: true,
      EnableIPv6: false,
      Options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
      IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
      Labels: labels,
    };
    await this.#ask('POST', '/networks/create', { body });
  }

  async removeNetwork(name: string): Promise<void> {
    await this.#ask('DELETE', `/networks/${name}`, { absent: true });
  }

  async listNetworks(): Promise<{ name: string; labels: Record<string, string> }[]> {
    const found = Networks.parse(await json(await this.#send('GET', '/networks')));
    return found.map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
  }

  /** Where a running container answers on a network; nothing of one that has ended, or is not on it. */
  async addressOf(id: string, network: string): Promise<string> {
    const { NetworkSettings } = Joined.parse(await json(await this.#send('GET', `/containers/${id}/json`)));
    return NetworkSettings.Networks[network]?.IPAddress ?? '';
  }

  async createContainer(name: string, spec: ContainerSpec): Promise<string> {
    const answer = await this.#send('POST', `/containers/create?name=${encodeURIComponent(name)}`, { body: spec });
    return Id.parse(await json(answer)).Id;
  }

  /** Engine 20.10 on a busy machine now and then fails a start ("cannot start an already running container") that works when it is asked again. */
  async start(id: string): Promise<void> {
    const path = `/containers/${id}/start`;
    await this.#ask('POST', path).catch(async (error: unknown) => {
      if (!(error instanceof EngineError && error.status === 500)) throw error;
      await this.#ask('POST', path);
    });
  }

  /** Answers the exit code once the container has ended. How long that may take is for the signal to say. */
  async wait(id: string, signal: AbortSignal): Promise<number> {
    const answer = await this.#send('POST', `/containers/${id}/wait?condition=not-running`, { signal });
    return Waited.parse(await json(answer)).StatusCode;
  }

  /** How a container has ended; undefined while it runs. */
  async endOf(id: string): Promise<ContainerEnd | undefined> {
    const { State } = Inspected.parse(await json(await this.#send('GET', `/containers/${id}/json`)));
    return State.Running ? undefined : { exitCode: State.ExitCode, wasOutOfMemory: State.OOMKilled ?? false };
  }

  async kill(id: string): Promise<void> {
    await this.#ask('POST', `/containers/${id}/kill?signal=SIGKILL`, { absent: true }).catch((error: unknown) => {
      if (!(error instanceof EngineError && error.status === 409)) throw error; // it has ended by itself
    });
  }

  /** The last lines of what the container wrote, both streams, without the engine's frame headers. */
  async logs(id: string, lines = 400): Promise<string> {
    const answer = await this.#send('GET', `/containers/${id}/logs?stdout=1&stderr=1&tail=${lines}`);
    const frames: Buffer[] = [];
    for await (const chunk of answer) frames.push(chunk);
    return unframe(Buffer.concat(frames));
  }

  async removeContainer(id: string): Promise<void> {
    await this.#ask('DELETE', `/containers/${id}?force=1&v=1`, { absent: true });
  }

  async listContainers(): Promise<{ id: string; name: string; labels: Record<string, string> }[]> {
    const found = Listed.parse(await json(await this.#send('GET', '/containers/json?all=1')));
    return found.map(({ Id: id, Names, Labels: labels }) => ({ id, name: Names?.[0]?.slice(1) ?? '', labels }));
  }

  /** Unpacks a tar archive in a volume that the container holds. */
  async putArchive(id: string, path: string, tar: Readable): Promise<void> {
    await this.#ask('PUT', `/containers/${id}/archive?path=${encodeURIComponent(path)}`, { archive: tar });
  }

  /** A tar archive of what lies at `path`; its entries come from a job, so nothing about them may be believed. */
  async getArchive(id: string, path: string): Promise<Readable> {
    const signal = AbortSignal.timeout(this.#patience.archiveMs);
    return this.#send('GET', `/containers/${id}/archive?path=${encodeURIComponent(path)}`, { signal });
  }

  async #ask(method: string, path: string, options: SendOptions = {}): Promise<void> {
    const answer = await this.#send(method, path, options);
    answer.resume();
  }

  async #send(method: string, path: string, { body, archive, absent = false, ...options }: SendOptions = {}): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const signal = options.signal ?? AbortSignal.timeout(archive ? this.#patience.archiveMs : this.#patience.answerMs);
    const outgoing = httpRequest({ socketPath: this.#socketPath, method, path, agent: false, headers: { host: 'engine' }, signal });
    outgoing.once('response', resolve).once('error', (cause) => reject(unreachable(cause)));
    if (archive) {
      outgoing.setHeader('content-type', 'application/x-tar');
      pipeline(archive, outgoing).catch(reject);
    } else if (body) {
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify(body));
    } else outgoing.end();
    const answer = await promise;
    const status = answer.statusCode ?? 0;
    if (status < 400 || (absent && status === 404)) return answer;
    throw new EngineError({
      code: status === 403 ? 'REFUSED' : status === 404 ? 'NOT_FOUND' : 'FAILED',
      status,
      message: await message(answer),
    });
  }
}

interface SendOptions {
  readonly body?: object;
  readonly archive?: Readable;
  /** 404 is as good as done */
  readonly absent?: boolean;
  /** default: what the client's patience gives */
  readonly signal?: AbortSignal;
}

function unreachable(cause: Error): EngineError {
  return new EngineError({
    code: 'UNREACHABLE',
    status: 0,
    message: 'expected an answer of the engine filter, found none; is engine-filter running?',
    cause,
  });
}

async function message(answer: IncomingMessage): Promise<string> {
  const raw = await text(answer);
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(raw)).message;
  } catch {
    return raw.slice(0, 200);
  }
}

/** Engine API, "Stream format" of attach and logs: 8 bytes of header (stream, 0, 0, 0, length as uint32 big endian) before each frame. */
function unframe(bytes: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const end = at + 8 + bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
}
