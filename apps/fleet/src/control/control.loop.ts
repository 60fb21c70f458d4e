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

/** Looks and acts, service by service, until it is told to stop; from that signal on it touches nothing. */
@Injectable()
export class ControlLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #config: FleetConfig;
  readonly #engine: EngineClient;
  readonly #events: EventLog;
  readonly #desired: DesiredFile;
  readonly #keepers = new Map<string, ServiceKeeper>();
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
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => this.#stop());
    this.#again(0);
  }

  beforeApplicationShutdown(): void {
    this.#stop();
  }

  get services(): ServiceStatus[] {
    return [...this.#keepers.values()].flatMap(({ status }) => status ?? []);
  }

  #stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
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
    let trouble = this.#desired.problem ?? '';
    if (desired !== undefined) {
      const results = await Promise.allSettled(Object.keys(desired.services).map(async (name) => this.#tick(desired, name)));
      for (const result of results) if (result.status === 'rejected') trouble = String(result.reason);
      for (const [name, keeper] of this.#keepers) {
        if (name in desired.services) continue;
        keeper.close();
        this.#keepers.delete(name);
      }
    }
    if (trouble !== this.#trouble) this.#logger.warn(trouble === '' ? 'looks again' : `cannot look: ${trouble}`);
    this.#trouble = trouble;
    this.#again(Math.max(0, this.#config.interval - (performance.now() - began)));
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
