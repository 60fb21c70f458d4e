import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { json, text } from 'node:stream/consumers';
import type { DeployedContainer } from '@seaworthy/contracts';
import { z } from 'zod';
import { containerSchema } from './container.schema.ts';
import type { InspectedContainer } from './container.schema.ts';
import { EngineError } from './engine.error.ts';

const Created = z.object({ Id: z.string() });
const Listed = z.array(z.object({ Id: z.string(), Names: z.array(z.string()) }));
const Event = z.object({ Action: z.string(), Actor: z.object({ ID: z.string() }) });
const Changes = z.array(z.object({ Path: z.string(), Kind: z.int() })).nullable();
const Message = z.object({ message: z.string() });

/** No answer of the engine takes longer but that to `stop`, which waits for the drain on top. */
const PATIENCE_MS = 20_000;

/** For what is asked of each container in turn: one of which the engine does not tell must not hold up the others of its service. */
const LOOK_PATIENCE_MS = 2_000;

/** The engine's own, where a container says nothing. */
const DRAIN_SECONDS = 10;

export interface ListedContainer {
  readonly id: string;
  readonly name: string;
}

/** The engine as the filter shows it to the fleet: replicas of the deployed services, and nothing else. */
export class EngineClient {
  readonly #socketPath: string;
  readonly #patienceMs: number;
  readonly #lookPatienceMs: number;

  constructor(socketPath: string, patienceMs = PATIENCE_MS, lookPatienceMs = LOOK_PATIENCE_MS) {
    this.#socketPath = socketPath;
    this.#patienceMs = patienceMs;
    this.#lookPatienceMs = lookPatienceMs;
  }

  async ping(): Promise<void> {
    await this.#ask('GET', '/_ping');
  }

  async list(service: string): Promise<ListedContainer[]> {
    const found = Listed.parse(await json(await this.#send('GET', `/containers/json?all=1&filters=${byService(service)}`)));
    return found.map(({ Id: id, Names: names }) => ({ id, name: names[0]?.replace(/^\//, '') ?? id }));
  }

  /** Who went into replicas, by id of the container: the engine's word for it, such as `exec_start: /bin/sh`. It remembers its last 256 events. */
  async entries(service: string): Promise<ReadonlyMap<string, string>> {
    const lines = (await text(await this.#send('GET', `/events?filters=${byService(service)}`))).split('\n').filter(Boolean);
    return new Map(lines.map((line) => Event.parse(JSON.parse(line))).map(({ Action, Actor }) => [Actor.ID, Action]));
  }

  /**
   * Listens until the engine ends it or `signal` does: calls `onNews` once it listens, and whenever something happens to a replica of the
   * service.
   */
  async follow(service: string, signal: AbortSignal, onNews: () => void): Promise<void> {
    const answer = await this.#send('GET', `/events?follow=1&filters=${byService(service)}`, { signal });
    // it must not keep a process alive that has nothing else to do
    answer.socket.unref();
    onNews();
    for await (const _ of answer) onNews();
  }

  async inspect(id: string, patienceMs = this.#lookPatienceMs): Promise<InspectedContainer> {
    const signal = AbortSignal.timeout(patienceMs);
    return containerSchema.parse(await json(await this.#send('GET', `/containers/${id}/json`, { signal })));
  }

  /** Paths that differ from the image's file system. */
  async changes(id: string): Promise<string[]> {
    const signal = AbortSignal.timeout(this.#lookPatienceMs);
    return (Changes.parse(await json(await this.#send('GET', `/containers/${id}/changes`, { signal }))) ?? []).map(({ Path }) => Path);
  }

  async create(name: string, body: DeployedContainer): Promise<string> {
    return Created.parse(await json(await this.#send('POST', `/containers/create?name=${name}`, { body }))).Id;
  }

  async connect(network: string, id: string, aliases: readonly string[]): Promise<void> {
    await this.#ask('POST', `/networks/${network}/connect`, { Container: id, EndpointConfig: { Aliases: aliases } });
  }

  async start(id: string): Promise<void> {
    await this.#ask('POST', `/containers/${id}/start`);
  }

  /** SIGTERM, and SIGKILL after the time that compose.yaml gives it: the container itself says how long that is. */
  async stop(id: string): Promise<void> {
    const { StopTimeout } = (await this.inspect(id, this.#patienceMs)).Config;
    const signal = AbortSignal.timeout((StopTimeout ?? DRAIN_SECONDS) * 1000 + this.#patienceMs);
    (await this.#send('POST', `/containers/${id}/stop`, { signal })).resume();
  }

  async remove(id: string): Promise<void> {
    await this.#ask('DELETE', `/containers/${id}?force=1&v=1`);
  }

  async #ask(method: string, path: string, body?: object): Promise<void> {
    (await this.#send(method, path, { body })).resume();
  }

  async #send(
    method: string,
    path: string,
    { body, signal = AbortSignal.timeout(this.#patienceMs) }: { body?: object | undefined; signal?: AbortSignal } = {},
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const outgoing = httpRequest({
      socketPath: this.#socketPath,
      method,
      path,
      agent: false,
      signal,
      headers: { host: 'engine', ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }) },
    });
    outgoing.once('response', resolve).once('error', (cause) => reject(unreachable(cause)));
    outgoing.end(bytes);
    const answer = await promise;
    const status = answer.statusCode ?? 0;
    // 304: it is so already
    if (status < 400) return answer;
    throw new EngineError({
      code: status === 404 ? 'GONE' : status === 403 ? 'REFUSED' : 'FAILED',
      message: `expected the engine to ${method} ${path.split('?')[0]}, found ${status}: ${await messageOf(answer)}`,
    });
  }
}

function byService(service: string): string {
  return encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.service=${service}`] }));
}

function unreachable(cause: Error): EngineError {
  return new EngineError({
    code: 'UNREACHABLE',
    message: 'expected an answer of the engine filter, found none; is engine-filter running?',
    cause,
  });
}

async function messageOf(answer: IncomingMessage): Promise<string> {
  const raw = await text(answer);
  try {
    return Message.parse(JSON.parse(raw)).message;
  } catch {
    return raw.slice(0, 200);
  }
}
