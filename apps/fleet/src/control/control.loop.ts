import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Desired } from '@seaworthy/contracts';
import { ComposeDriver } from '../drive/compose/compose.driver.ts';
import { EngineClient } from '../drive/compose/engine.client.ts';
import { Replicas } from '../drive/compose/replicas.ts';
import { viewEdge } from '../drive/edge/edge.stats.ts';
import { EventLog } from '../events/event.log.ts';
import { FleetConfig } from '../fleet.config.ts';
import { DesiredFile } from './desired.file.ts';
import { ServiceKeeper } from './service.keeper.ts';
import type { ServiceStatus } from './status.ts';

/** After news, so that what comes together is seen together. */
const SOON_MS = 50;

/** Looks and acts, service by service, until it is told to stop; from that signal on it begins nothing. */
@Injectable()
export class ControlLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #config: FleetConfig;
  readonly #engine: EngineClient;
  readonly #events: EventLog;
  readonly #desired: DesiredFile;
  readonly #keepers = new Map<string, ServiceKeeper>();
  /** looks that go on, by service */
  readonly #looking = new Map<string, Promise<unknown>>();
  /** why the last look at a service failed */
  readonly #troubles = new Map<string, string>();
  readonly #logger = new Logger('fleet');
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #hurried = false;
  #isSoon = false;
  #trouble = '';

  constructor(config: FleetConfig, engine: EngineClient, events: EventLog) {
    this.#config = config;
    this.#engine = engine;
    this.#events = events;
    this.#desired = new DesiredFile(config.desiredFile);
  }

  onApplicationBootstrap(): void {
    // whoever stops the platform takes replicas away: from the first sign of it, nothing may be brought back
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void this.#stop());
    this.#again(0);
  }

  /** What is being made is waited for, as long as the process has: it must be there for whoever takes all away. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#stop();
  }

  get services(): ServiceStatus[] {
    return [...this.#keepers.values()].flatMap(({ status }) => status ?? []);
  }

  async #stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#keepers.values()].map(async (keeper) => keeper.close()));
  }

  #again(delay: number): void {
    if (this.#stopped) return;
    const wait = this.#hurried ? Math.min(delay, SOON_MS) : delay;
    this.#hurried = false;
    this.#isSoon = wait <= SOON_MS;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, wait);
  }

  /** A replica that has died is replaced at once: the next look does not wait for its time. */
  #hurry(): void {
    this.#hurried = true;
    // one that comes soon is not put off by what comes after it
    if (this.#timer === undefined || this.#isSoon) return;
    clearTimeout(this.#timer);
    this.#again(SOON_MS);
  }

  async #look(): Promise<void> {
    const began = performance.now();
    const desired = this.#desired.read();
    const names = Object.keys(desired?.services ?? {});
    if (desired !== undefined) {
      for (const name of names) this.#begin(desired, name);
      // a service of which the engine does not tell must not hold up the others
      await Promise.race([Promise.all(this.#looking.values()), sleep(this.#config.interval, undefined, { ref: false })]);
      for (const [name, keeper] of this.#keepers) {
        if (name in desired.services) continue;
        void keeper.close();
        this.#keepers.delete(name);
      }
    }
    const trouble = this.#desired.problem ?? names.map((name) => this.#troubles.get(name)).find((one) => one !== undefined) ?? '';
    if (trouble !== this.#trouble) this.#logger.warn(trouble === '' ? 'looks again' : `cannot look: ${trouble}`);
    this.#trouble = trouble;
    this.#again(Math.max(0, this.#config.interval - (performance.now() - began)));
  }

  /** Never two at once at the same service: what one has begun, the other would not know. */
  #begin(desired: Desired, name: string): void {
    if (this.#looking.has(name)) return;
    const began = performance.now();
    const look = this.#tick(desired, name)
      .then(
        () => this.#troubles.delete(name),
        (error: unknown) => this.#troubles.set(name, String(error)),
      )
      .finally(() => {
        this.#looking.delete(name);
        // who took longer than the others is not put off until it is their turn again
        if (performance.now() - began > this.#config.interval) this.#hurry();
      });
    this.#looking.set(name, look);
  }

  async #tick(desired: Desired, name: string): Promise<void> {
    const service = desired.services[name];
    if (service === undefined || this.#stopped) return;
    const keeper = this.#keepers.get(name) ?? this.#keeperOf(name);
    this.#keepers.set(name, keeper);
    await keeper.tick(desired, service);
  }

  #keeperOf(name: string): ServiceKeeper {
    return new ServiceKeeper({
      name,
      replicas: new Replicas(this.#engine, name, () => this.#hurry()),
      driver: new ComposeDriver(this.#engine),
      viewEdge: async () => viewEdge(this.#config.edgeSocket, name),
      events: this.#events,
      now: Date.now,
    });
  }
}
