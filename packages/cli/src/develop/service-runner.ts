import { join } from 'node:path';
import { watchBundle, type DevelopmentBundle } from '@seaworthy/supply-chain/build';
import { duration } from '../ui/duration.ts';
import type { DevelopedService } from './developed-service.ts';
import { readable } from './log-line.ts';
import { ServiceProcess } from './service-process.ts';
import { ShownLines } from './shown-lines.ts';

export interface RunnerOptions {
  /** root of the working tree */
  readonly root: string;
  readonly service: DevelopedService;
  /** where Node keeps what it compiled */
  readonly compileCache: string;
  /** wait for a debugger before the first line */
  readonly breakAtStart: boolean;
  readonly say: (line: string) => void;
}

const MIGRATIONS = /\/migrations?\//;

/** Keeps one service running as its sources are now: each save replaces the process, the old one drains first. */
export class ServiceRunner {
  readonly #options: RunnerOptions;
  readonly #stopWatching: () => Promise<void>;
  #process: ServiceProcess | undefined;
  #next: DevelopmentBundle | undefined;
  #replacing: Promise<void> | undefined;
  #migrated = false;
  #stopped = false;
  #tellFirst: () => void = () => undefined;
  /** settles when the first attempt to run has come to something: the service listens, or it failed */
  readonly first: Promise<void>;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.first = new Promise((settle) => (this.#tellFirst = settle));
    const { root, service, say } = options;
    this.#stopWatching = watchBundle({
      appDir: join(root, 'apps', service.card.name),
      outDir: service.bundleDir,
      entry: service.card.entry,
      onBundle: (bundle) => this.#queue(bundle),
      onError: ({ message }) => {
        say(`✗ does not build; ${this.#process ? 'what ran before runs on' : 'nothing runs'}, the next save tries again\n${message}`);
        this.#tellFirst();
      },
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#tellFirst();
    await this.#process?.drain();
    await Promise.race([this.#replacing, this.#stopWatching()]);
  }

  /** While one replacement goes on, of all saves only the last one counts. */
  #queue(bundle: DevelopmentBundle): void {
    this.#next = this.#next ? { ...bundle, since: this.#next.since, changed: [...this.#next.changed, ...bundle.changed] } : bundle;
    this.#replacing ??= this.#replaceUntilCurrent().finally(() => (this.#replacing = undefined));
  }

  async #replaceUntilCurrent(): Promise<void> {
    while (this.#next && !this.#stopped) {
      const bundle = this.#next;
      this.#next = undefined;
      const old = this.#process;
      this.#process = undefined;
      await old?.drain();
      if (await this.#migrate(bundle)) this.#start(bundle);
      else this.#tellFirst();
    }
  }

  /** Once, and again when a migration was saved. */
  async #migrate({ mainFile, changed }: DevelopmentBundle): Promise<boolean> {
    const { service, say } = this.#options;
    const words = service.card.commands['migrate'];
    if (!words || this.#stopped) return !this.#stopped;
    if (this.#migrated && !changed.some((path) => MIGRATIONS.test(path))) return true;
    const lines: string[] = [];
    const run = new ServiceProcess({ mainFile, words, environment: this.#environment(), onLine: (line) => lines.push(readable(line)) });
    const code = await run.ended;
    this.#migrated = code === 0;
    if (!this.#migrated) say(`✗ its migration ended with ${code}; the next save tries again\n${lines.join('\n')}`);
    return this.#migrated;
  }

  #start({ mainFile, since, changed }: DevelopmentBundle): void {
    if (this.#stopped) return;
    const { service, say, breakAtStart } = this.#options;
    const flags = [`--inspect${breakAtStart ? '-brk' : ''}=127.0.0.1:${service.debugPort}`];
    const shown = new ShownLines(!service.named);
    const onLine = (line: string): void => {
      if (INSPECTOR_GREETING.test(line)) return;
      const text = shown.show(line);
      if (text !== undefined) say(text);
    };
    const onListening = (): void => {
      if (changed.length > 0) say(`✓ reloaded in ${duration(performance.now() - since)}`);
      this.#tellFirst();
    };
    const started = new ServiceProcess({ mainFile, flags, environment: this.#environment(), onLine, onListening });
    this.#process = started;
    if (breakAtStart) this.#tellFirst();
    void this.#awaitEnd(started);
  }

  async #awaitEnd(started: ServiceProcess): Promise<void> {
    const outcome = await started.ended;
    if (this.#process !== started || this.#stopped) return;
    // it ended by itself: one that we drain is no longer ours
    this.#process = undefined;
    this.#options.say(`✗ ended with ${outcome}; the next save starts it again`);
    this.#tellFirst();
  }

  #environment(): Record<string, string> {
    return { ...this.#options.service.environment, NODE_COMPILE_CACHE: this.#options.compileCache };
  }
}

/** The address is told once, with the others; the rest is a link to Node's manual. */
const INSPECTOR_GREETING = /^(?:Debugger listening on|For help, see: https:\/\/nodejs\.org)/;
