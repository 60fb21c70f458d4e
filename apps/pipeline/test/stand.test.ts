import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ContainerSpec, EngineClient, NetworkSpec, VolumeSpec } from '../src/engine/engine.client.ts';
import type { DeclaredService } from '../src/exercise/candidate.ts';
import { allOf } from '../src/jobs/all-of.ts';
import { Stand } from '../src/exercise/stand.ts';
import type { StandOptions } from '../src/exercise/stand.ts';

/** Numbers from 0 to 1 that are the same in every run of this test (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The longest that the engine of these tests takes before it does something, and again before it says so. */
const SLOW_MS = 15;

/** An engine that takes its time before it does something, and before it says so; like the real one it keeps what a container uses. */
class SlowEngine {
  readonly containers = new Map<string, ContainerSpec>();
  readonly volumes = new Set<string>();
  readonly networks = new Set<string>();
  readonly #next: () => number;
  readonly #failing: RegExp;
  keeperEnd: { exitCode: number; wasOutOfMemory: boolean } | undefined;
  readonly #pending = new Set<Promise<unknown>>();
  #asked = 0;
  #made = 0;

  constructor(next: () => number, failing = /^$/) {
    this.#next = next;
    this.#failing = failing;
  }

  get left(): string[] {
    return [...this.containers.keys(), ...this.volumes, ...this.networks];
  }
  createVolume = async ({ Name }: VolumeSpec): Promise<unknown> => this.#slowly('createVolume', () => this.volumes.add(Name));
  createNetwork = async ({ name }: NetworkSpec): Promise<unknown> => this.#slowly('createNetwork', () => this.networks.add(name));
  createContainer = async (name: string, spec: ContainerSpec): Promise<string> =>
    this.#slowly('createContainer', () => {
      this.#made += 1;
      this.containers.set(`${name} ${this.#made}`, spec);
      return `${name} ${this.#made}`;
    });
  start = async (id: string): Promise<unknown> => this.#slowly('start', () => this.#existing(id));
  /** of a store that is ready now and then */
  logs = async (id: string): Promise<string> =>
    this.#slowly('logs', () => {
      this.#existing(id);
      return this.#next() < 0.5 ? '' : 'database system is ready to accept connections, Ready to accept connections';
    });
  wait = async (id: string, signal: AbortSignal): Promise<number> =>
    this.#slowly('wait', async () => {
      this.#existing(id);
      return sleep(this.#next() * 2 * SLOW_MS, 0, { signal });
    });
  addressOf = async (id: string): Promise<string> => this.#slowly('addressOf', () => (this.#existing(id), '10.0.0.2'));
  endOf = async (): Promise<typeof this.keeperEnd> => this.keeperEnd;
  putArchive = async (_id: string, _path: string, tar: Readable): Promise<unknown> => {
    await buffer(tar);
    return this.#slowly('putArchive', () => undefined);
  };
  removeContainer = async (id: string): Promise<unknown> => this.#slowly(`removeContainer ${id}`, () => this.containers.delete(id));
  removeVolume = async (name: string): Promise<unknown> =>
    this.#slowly('removeVolume', () => (this.#unused(name), this.volumes.delete(name)));
  removeNetwork = async (name: string): Promise<unknown> =>
    this.#slowly('removeNetwork', () => (this.#unused(name), this.networks.delete(name)));

  #existing(id: string): void {
    if (!this.containers.has(id)) throw new Error(`no such container: ${id}`);
  }
  #unused(name: string): void {
    for (const [id, { HostConfig }] of this.containers) {
      if (JSON.stringify(HostConfig).includes(`"${name}"`)) throw new Error(`${name} is in use by ${id}`);
    }
  }
  /** Resolves when it has been asked for so many things more. */
  async asked(times: number): Promise<void> {
    for (const until = this.#asked + times; this.#asked < until;) await sleep(1);
  }
  /** Resolves when nothing is asked of it any more. */
  async idle(): Promise<void> {
    for (; this.#pending.size > 0; await sleep(1)) await Promise.allSettled(this.#pending);
  }

  async #slowly<Result>(what: string, work: () => Result | Promise<Result>): Promise<Result> {
    const done = this.#do(what, work);
    this.#asked += 1;
    this.#pending.add(done);
    return done.finally(() => this.#pending.delete(done));
  }
  async #do<Result>(what: string, work: () => Result | Promise<Result>): Promise<Result> {
    await sleep(this.#next() * SLOW_MS);
    if (this.#failing.test(what)) throw new Error(`${what} failed`);
    const result = await work();
    await sleep(this.#next() * SLOW_MS);
    return result;
  }
}

const SERVICE = {
  card: { name: 'first', ports: [8443], secrets: ['database-password'], health: {}, needs: { database: 'a-postgres', cache: 'a-valkey' } },
  environment: {},
} as unknown as DeclaredService;

async function set(engine: SlowEngine): Promise<Stand> {
  const exerciseImages = { postgres: 'a', 'postgres-init': 'b', valkey: 'c' };
  const options = {
    engine: engine as unknown as EngineClient,
    project: 'demo',
    run: 'run-1',
    settings: { exerciseImages, toolboxImage: 't', jobsSubnets: '10.0.0.0/24' },
    signal: new AbortController().signal,
  };
  return Stand.set(options as unknown as StandOptions, SERVICE, 0);
}

const TIMES = 120;
/** a machine that is late with everything would let all of them go in step */
const AT_ONCE = 12;
/** of the engine, until two stores are ready */
const THINGS_ASKED = 13;

describe('a stand that is taken down', () => {
  it('leaves nothing behind, however far its stores have come', async () => {
    const left: string[] = [];
    const seeds = Array.from({ length: TIMES }, (_one, seed) => seed).values();
    const work = async (): Promise<void> => {
      for (const seed of seeds) {
        const next = numbers(seed);
        const engine = new SlowEngine(next);
        const stand = await set(engine);
        await engine.asked(Math.floor(next() * THINGS_ASKED) - 2);
        await stand.dispose().catch((error: unknown) => left.push(`${seed}: ${String(error)}`));
        await engine.idle();
        left.push(...engine.left.map((name) => `${seed}: ${name}`));
      }
    };
    await allOf(Array.from({ length: AT_ONCE }), work);
    expect(left).toEqual([]);
  });

  it('leaves nothing behind when one of its stores could not be started', async () => {
    const engine = new SlowEngine(numbers(0), /^wait/);
    const stand = await set(engine);
    await expect(stand.stores()).rejects.toThrow('wait failed');
    await stand.dispose();
    await engine.idle();
    expect(engine.left).toEqual([]);
  });

  it('says of a store that ended once it was ready, and what it wrote', async () => {
    const engine = new SlowEngine(numbers(0));
    engine.addressOf = async () => '';
    const stand = await set(engine);
    await expect(stand.stores()).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: expect.stringContaining('to go on, found that it has ended'),
    });
    await stand.dispose();
    await engine.idle();
    expect(engine.left).toEqual([]);
  });

  it('says that its files are gone, not that a store failed without them', async () => {
    const engine = new SlowEngine(numbers(0));
    engine.wait = async () => ((engine.keeperEnd = { exitCode: 137, wasOutOfMemory: true }), 1);
    const stand = await set(engine);
    await expect(stand.stores()).rejects.toMatchObject({
      code: 'VOLUMES_LOST',
      message: expect.stringContaining(
        'demo.pipeline.run-1.x-first.keeper to hold its volumes until the end, found that it has ended (exit code 137, out of memory)',
      ),
    });
    await stand.dispose();
    await engine.idle();
    expect(engine.left).toEqual([]);
  });

  it('asks for no more once it is to be taken down', async () => {
    const engine = new SlowEngine(numbers(0));
    const stand = await set(engine);
    await stand.dispose();
    await expect(stand.stores()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('lets its volumes go also when the engine keeps its network, and says that', async () => {
    const engine = new SlowEngine(numbers(0), /^removeNetwork/);
    const stand = await set(engine);
    await expect(stand.dispose()).rejects.toThrow('removeNetwork failed');
    expect(engine.left).toEqual(['demo.pipeline.run-1.x-first.net']);
  });

  it('lets go what it can, when the engine keeps one of its containers, and says that', async () => {
    const engine = new SlowEngine(numbers(0), /^removeContainer .*database-before/);
    const stand = await set(engine);
    await stand.stores();
    await expect(stand.dispose()).rejects.toThrow('removeContainer demo.pipeline.run-1.x-first.database-before');
    await engine.idle();
    expect(engine.left.filter((name) => !name.includes('database-'))).toEqual([]);
  });
});
