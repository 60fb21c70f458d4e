import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceCard } from '@seaworthy/policy';
import Docker from 'dockerode';
import { prepareImages } from '../engine/prepared-images.ts';
import { ensureEngine } from '../host/engine/ensure-engine.ts';
import type { Engine } from '../host/engine/engine.ts';
import { interrupted } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';
import { settled } from '../host/settled.ts';
import { removeCopy } from '../remove/remove-objects.ts';
import type { Progress } from '../ui/progress.ts';
import { placeService, type DevelopedService } from './developed-service.ts';
import { freePort } from './free-port.ts';
import { ServiceRunner } from './service-runner.ts';
import { StoreHost } from './stores/store-host.ts';
import { STORES, type StoreName } from './stores/stores.ts';
import { throwAwayAuthority } from './throw-away-authority.ts';

/** The first service's; the others follow. Node's own first debugger port is what editors expect. */
export const FIRST_PORT = 7443;
export const FIRST_DEBUG_PORT = 9229;

export interface SessionOptions {
  readonly instance: Instance;
  readonly cards: readonly ServiceCard[];
  readonly breakAtStart: boolean;
  readonly progress: Progress;
  /** a line of a service's log, or about it */
  readonly say: (service: string, line: string) => void;
}

/** Services of the working tree on throw-away stores: loopback only, nothing of the release, gone at the end. */
export class DevelopmentSession {
  readonly services: DevelopedService[] = [];
  /** the throw-away authority's certificate, for `curl --cacert` */
  readonly rootFile: string;
  readonly #options: SessionOptions;
  readonly #runners: ServiceRunner[] = [];
  #engine: Engine | undefined;
  #stores: StoreHost | undefined;
  #starting: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.rootFile = join(options.instance.stateDir, 'root.pem');
  }

  /** Resolves when every service has been started once, or could not be. */
  async start(): Promise<void> {
    this.#starting = this.#start();
    await this.#starting;
  }

  async #start(): Promise<void> {
    const { instance, cards, progress, breakAtStart, say } = this.#options;
    this.#engine = await ensureEngine(progress);
    await this.#removeAll(); // what a session left that was killed
    const docker = new Docker({ socketPath: this.#engine.socketPath });
    this.#stores = new StoreHost(docker, instance, await prepareImages(docker, instance, imagesOf(cards), progress));
    await this.#place();
    interrupted.throwIfAborted();
    await progress.stage('Bundling and starting', async (stage) => {
      for (const service of this.services) {
        const compileCache = join(instance.sharedDir, 'cache', 'compiled');
        const speak = (line: string): void => say(service.card.name, line);
        this.#runners.push(new ServiceRunner({ root: instance.root, service, compileCache, breakAtStart, say: speak }));
      }
      stage.update(this.services.map(({ card }) => card.name).join(', '));
      await Promise.all(this.#runners.map(async ({ first }) => first));
    });
  }

  /** Resolves when a store is gone that nobody here has stopped. */
  async storesLost(): Promise<void> {
    await this.#stores?.lost();
  }

  /** Drains the services, and removes stores, data, passwords, certificates. */
  async stop(): Promise<void> {
    await settled(this.#starting);
    await Promise.all(this.#runners.map(async (runner) => runner.stop()));
    await this.#removeAll();
  }

  async #place(): Promise<void> {
    const { instance, cards, progress } = this.#options;
    mkdirSync(instance.stateDir, { recursive: true, mode: 0o700 });
    const authority = await throwAwayAuthority();
    writeFileSync(this.rootFile, authority.root);
    for (const [index, card] of cards.entries()) {
      interrupted.throwIfAborted();
      const stores = await progress.stage(`Throw-away stores of ${card.name}`, async (stage) => {
        const names = Object.values(card.needs) as StoreName[];
        stage.update(names.join(', '));
        return Promise.all(names.map(async (name) => STORES[name].start(this.#stores as StoreHost, card.name)));
      });
      this.services.push(
        placeService({
          card,
          port: await freePort(FIRST_PORT + index),
          debugPort: await freePort(FIRST_DEBUG_PORT + index),
          dir: join(instance.stateDir, card.name),
          certificate: await authority.issue(),
          stores,
        }),
      );
    }
  }

  async #removeAll(): Promise<void> {
    const { instance } = this.#options;
    if (this.#engine) await removeCopy(this.#engine, instance.project);
    rmSync(instance.stateDir, { recursive: true, force: true });
  }
}

function imagesOf(cards: readonly ServiceCard[]): string[] {
  const stores = [...new Set(cards.flatMap(({ needs }) => Object.values(needs)))] as StoreName[];
  return stores.flatMap((store) => STORES[store].images);
}
