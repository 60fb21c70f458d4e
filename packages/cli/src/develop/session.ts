import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { prepareImages } from '../engine/prepared-images.ts';
import { ensureEngine } from '../host/engine/ensure-engine.ts';
import type { Engine } from '../host/engine/engine.ts';
import { interrupted } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';
import { settled } from '../host/settled.ts';
import { removeOwnCopy } from '../remove/remove-own-copy.ts';
import type { Progress } from '../ui/progress.ts';
import { placeService, type DevelopedService } from './developed-service.ts';
import { freePort } from './free-port.ts';
import { ServiceRunner } from './service-runner.ts';
import { IDENTITY, type ChosenService } from './services.ts';
import { StoreHost } from './stores/store-host.ts';
import type { StoreAccess } from './stores/store.ts';
import { storeFor } from './stores/stores.ts';
import { throwAwayAuthority, type ThrowAwayAuthority } from './throw-away-authority.ts';
import { throwAwayIdentity } from './throw-away-identity.ts';
import { throwAwayPassword } from './throw-away-secret.ts';
import { CustomerTokens } from './tokens.ts';

export interface SessionOptions {
  readonly instance: Instance;
  readonly services: readonly ChosenService[];
  /** of those that are named */
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
  readonly tokens: CustomerTokens;
  readonly #options: SessionOptions;
  readonly #runners: ServiceRunner[] = [];
  /** client secret of each service, which identity knows as well */
  readonly #clientSecrets: Readonly<Record<string, string>>;
  readonly #ports = new Map<string, number>();
  #engine: Engine | undefined;
  #stores: StoreHost | undefined;
  #starting: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    const { instance, services } = options;
    this.#options = options;
    this.rootFile = join(instance.stateDir, 'root.pem');
    this.tokens = new CustomerTokens(instance.stateDir);
    this.#clientSecrets = Object.fromEntries(
      services.filter(({ card }) => card.secrets.includes('client-secret')).map(({ card }) => [card.name, throwAwayPassword()]),
    );
  }

  /** Resolves when every service has been started once, or could not be. */
  async start(): Promise<void> {
    this.#starting = this.#start();
    await this.#starting;
  }

  async #start(): Promise<void> {
    const { instance, services, progress } = this.#options;
    this.#engine = await ensureEngine(progress);
    await this.#removeAll(); // what a session left that was killed
    const docker = new Docker({ socketPath: this.#engine.socketPath });
    const images = imagesOf(services);
    const ids = images.length === 0 ? {} : await prepareImages(docker, instance, images, progress);
    this.#stores = new StoreHost(docker, instance, ids);
    mkdirSync(instance.stateDir, { recursive: true, mode: 0o700 });
    const authority = await throwAwayAuthority();
    writeFileSync(this.rootFile, authority.root);
    for (const { card, port } of services) this.#ports.set(card.name, await freePort(port));
    for (const service of services) this.services.push(await this.#place(service, authority));
    interrupted.throwIfAborted();
    await progress.stage('Bundling and starting', async (stage) => {
      stage.update(this.services.map(({ card }) => card.name).join(', '));
      // the others ask it for keys at once
      const identity = this.services.find(({ card }) => card.name === IDENTITY);
      if (identity) await this.#run(identity);
      await Promise.all(this.services.filter((service) => service !== identity).map(async (service) => this.#run(service)));
      if (identity) await this.tokens.keep(this.#urlOf(IDENTITY) ?? '', authority.root);
    });
  }

  /** Resolves when a store is gone that nobody here has stopped. */
  async storesLost(): Promise<void> {
    await this.#stores?.lost();
  }

  /** Drains the services, and removes stores, data, passwords, certificates. */
  async stop(): Promise<void> {
    this.tokens.stop();
    await this.#stopRunners(); // the start waits for them
    await settled(this.#starting);
    await this.#stopRunners();
    await this.#removeAll();
  }

  async #place(service: ChosenService, authority: ThrowAwayAuthority): Promise<DevelopedService> {
    interrupted.throwIfAborted();
    const { card, debugPort } = service;
    const { stateDir } = this.#options.instance;
    const dir = join(stateDir, card.name);
    const given = [...(await this.#startStores(service)), this.#clientSecret(card.name)];
    if (card.name === IDENTITY)
      given.push(await throwAwayIdentity({ dir, authority, clientSecrets: this.#clientSecrets, people: this.tokens.people }));
    return placeService({
      ...service,
      port: this.#ports.get(card.name) ?? service.port,
      debugPort: await freePort(debugPort),
      dir,
      trustDir: stateDir,
      certificate: await authority.issue(),
      secrets: Object.assign({}, ...given.map(({ secrets }) => secrets)) as Record<string, string>,
      environment: Object.assign({}, ...given.map(({ environment }) => environment)) as Record<string, string>,
      urlOf: (name) => this.#urlOf(name),
    });
  }

  async #startStores({ card }: ChosenService): Promise<StoreAccess[]> {
    const needs = Object.values(card.needs);
    if (needs.length === 0) return [];
    return this.#options.progress.stage(`Throw-away stores of ${card.name}`, async (stage) => {
      stage.update(needs.join(', '));
      const stores = needs.flatMap((need) => storeFor(need) ?? []);
      return Promise.all(stores.map(async (store) => store.start(this.#stores as StoreHost, card.name)));
    });
  }

  #clientSecret(service: string): StoreAccess {
    const secret = this.#clientSecrets[service];
    return { environment: {}, secrets: secret === undefined ? {} : { 'client-secret': secret } };
  }

  #urlOf(service: string): string | undefined {
    const port = this.#ports.get(service);
    return port === undefined ? undefined : `https://localhost:${port}`;
  }

  /** Resolves when it has been started once, or could not be. */
  async #run(service: DevelopedService): Promise<void> {
    interrupted.throwIfAborted();
    const { instance, breakAtStart, say } = this.#options;
    const runner = new ServiceRunner({
      root: instance.root,
      service,
      compileCache: join(instance.sharedDir, 'cache', 'compiled'),
      breakAtStart: breakAtStart && service.named,
      say: (line) => say(service.card.name, line),
    });
    this.#runners.push(runner);
    await runner.first;
  }

  async #stopRunners(): Promise<void> {
    await Promise.all(this.#runners.splice(0).map(async (runner) => runner.stop()));
  }

  async #removeAll(): Promise<void> {
    const { instance } = this.#options;
    if (this.#engine) await removeOwnCopy(this.#engine, instance);
    rmSync(instance.stateDir, { recursive: true, force: true });
  }
}

function imagesOf(services: readonly ChosenService[]): string[] {
  const stores = new Set(services.flatMap(({ card }) => Object.values(card.needs)).flatMap((need) => storeFor(need) ?? []));
  return [...stores].flatMap(({ images }) => images);
}
