import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import { freePort } from '../develop/free-port.ts';
import { isBootNoise, readable } from '../develop/log-line.ts';
import { throwAwayAuthority } from '../develop/throw-away-authority.ts';
import { prepareImages } from '../engine/prepared-images.ts';
import type { Engine } from '../host/engine/engine.ts';
import { interrupted } from '../host/interrupt.ts';
import { settled } from '../host/settled.ts';
import { debugInstance, type Instance } from '../instance.ts';
import { removeOwnCopy } from '../remove/remove-own-copy.ts';
import type { Progress } from '../ui/progress.ts';
import { madeUpSecrets } from './made-up-secrets.ts';
import { createCopy, DEBUGGER_PORT, INSPECTOR_PORT, type CopyFiles } from './replica-copy.ts';
import { findReplica, type Replica } from './replica.ts';
import { Toolbox } from './toolbox.ts';

export interface DebugOptions {
  readonly main: Instance;
  readonly engine: Engine;
  readonly wanted: string;
  readonly breakAtStart: boolean;
  readonly progress: Progress;
}

/** Where the copy can be reached, all on this machine alone. */
export interface DebugAddresses {
  readonly replica: string;
  readonly toolbox: string;
  readonly debugPort: number;
  readonly port: number;
  readonly rootFile: string;
}

/** A copy of one replica, with tools beside it; the replica itself is not touched. */
export class DebugSession {
  readonly #options: DebugOptions;
  readonly #instance: Instance;
  readonly #docker: Docker;
  #toolbox: Toolbox | undefined;
  #copy: Docker.Container | undefined;
  #starting: Promise<DebugAddresses> | undefined;

  constructor(options: DebugOptions) {
    this.#options = options;
    this.#instance = debugInstance(options.main);
    this.#docker = new Docker({ socketPath: options.engine.socketPath });
  }

  async start(): Promise<DebugAddresses> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<DebugAddresses> {
    const { main, engine, wanted, breakAtStart, progress } = this.#options;
    const replica = await findReplica(this.#docker, engine, main, wanted);
    await this.#removeAll(); // what a session left that was killed
    const { toolbox = '' } = await prepareImages(this.#docker, main, ['toolbox'], progress);
    interrupted.throwIfAborted();
    return progress.stage(`Copying ${replica.name}`, async () => {
      const rootFile = join(this.#instance.stateDir, 'root.pem');
      const files = await this.#files(replica, rootFile);
      this.#copy = await createCopy(this.#docker, this.#instance, { replica, files, breakAtStart });
      await this.#copy.start();
      await this.#showLog(this.#copy);
      this.#toolbox = await Toolbox.start(this.#docker, this.#instance, toolbox, this.#copy);
      const debugPort = await freePort(DEBUGGER_PORT);
      await this.#toolbox.tunnel(INSPECTOR_PORT, debugPort);
      const port = await freePort();
      await this.#toolbox.tunnel(servicePort(replica), port);
      if (!breakAtStart) await Promise.race([this.#toolbox.listener(servicePort(replica)), this.#copy.wait()]);
      return { replica: replica.name, toolbox: this.#toolbox.name, debugPort, port, rootFile };
    });
  }

  /** Resolves to the copy's exit code when it ends by itself. */
  async ended(): Promise<number> {
    const end = (await this.#copy?.wait()) as { StatusCode: number } | undefined;
    return end?.StatusCode ?? 0;
  }

  async stop(): Promise<void> {
    await settled(this.#starting);
    this.#toolbox?.close();
    await this.#removeAll();
  }

  async #removeAll(): Promise<void> {
    // it serves nobody: nothing has to be drained
    await this.#copy?.remove({ force: true, v: true }).catch(() => undefined);
    await removeOwnCopy(this.#options.engine, this.#instance);
    rmSync(this.#instance.stateDir, { recursive: true, force: true });
  }

  async #files({ card }: Replica, rootFile: string): Promise<CopyFiles> {
    const authority = await throwAwayAuthority();
    const { cert, key } = await authority.issue();
    mkdirSync(this.#instance.stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(rootFile, authority.root);
    const secrets = await madeUpSecrets(card, join(this.#instance.stateDir, card.name), authority);
    return { secrets: { ...secrets, 'tls.pem': cert, 'tls.key': key }, trust: { 'root.pem': authority.root } };
  }

  async #showLog(copy: Docker.Container): Promise<void> {
    const stream = await copy.logs({ follow: true, stdout: true, stderr: true });
    const lines = new PassThrough();
    this.#docker.modem.demuxStream(stream, lines, lines);
    createInterface({ input: lines }).on('line', (line) => {
      if (isBootNoise(line)) return;
      for (const part of readable(line).split('\n')) this.#options.progress.line(`copy | ${part}`);
    });
  }
}

function servicePort({ details }: Replica): number {
  const [port = '8443/tcp'] = Object.keys(details.Config.ExposedPorts ?? {});
  return Number.parseInt(port, 10);
}
