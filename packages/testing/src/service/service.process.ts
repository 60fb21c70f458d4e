import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { testAuthority } from '../trust/test-authority.ts';
import type { TestAuthority } from '../trust/test-authority.ts';

export interface ProcessAnswer {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

export interface ServiceProcessOptions {
  /** from `bundleProgram` */
  program: string;
  environment?: Record<string, string>;
  secrets?: Record<string, string>;
  /** of its certificate; one that comes back has the same again */
  authority?: TestAuthority;
}

/** A service as it runs for users: bundled, in a process of its own, behind TLS that its clients verify. */
export class ServiceProcess {
  readonly exited: Promise<number | NodeJS.Signals | null>;
  /** its log */
  readonly lines: Record<string, unknown>[] = [];
  stderr = '';
  port = 0;
  readonly #child: ChildProcess;
  readonly #dir: string;
  readonly authority: TestAuthority;

  static async start(options: ServiceProcessOptions): Promise<ServiceProcess> {
    const started = await ServiceProcess.launch(options);
    started.port = Number((await started.line('listening'))['port']);
    return started;
  }

  /** Without waiting for it to listen: it may never do. */
  static async launch({ program, environment = {}, secrets = {}, authority: known }: ServiceProcessOptions): Promise<ServiceProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'seaworthy-service-'));
    const authority = known ?? (await testAuthority());
    const { cert, key } = await authority.issue('localhost', '127.0.0.1');
    const files = { 'main.mjs': program, 'tls.crt': cert, 'tls.key': key, ...secrets };
    await Promise.all(Object.entries(files).map(async ([name, content]) => writeFile(join(dir, name), content)));
    const tls = { TLS_CERT_FILE: join(dir, 'tls.crt'), TLS_KEY_FILE: join(dir, 'tls.key') };
    const env = { HOST: '127.0.0.1', PORT: '0', SECRETS_DIRECTORY: dir, ...tls, ...environment };
    return new ServiceProcess(spawn(process.execPath, [join(dir, 'main.mjs')], { env }), dir, authority);
  }

  private constructor(child: ChildProcess, dir: string, authority: TestAuthority) {
    this.#child = child;
    this.#dir = dir;
    this.authority = authority;
    this.exited = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
    child.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
    let rest = '';
    child.stdout?.on('data', (chunk) => {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts.map((line) => JSON.parse(line) as Record<string, unknown>));
    });
  }

  /** what its clients trust, PEM */
  get root(): string {
    return this.authority.root;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** A client with kept-alive connections of its own. */
  agent(): Agent {
    return new Agent({ keepAlive: true, ca: this.root });
  }

  async get(path: string, agent: Agent = new Agent({ ca: this.root }), headers: Record<string, string> = {}): Promise<ProcessAnswer> {
    return new Promise((done, failed) => {
      request({ host: '127.0.0.1', port: this.port, path, agent, headers }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk)));
        response.on('end', () => done({ status: response.statusCode ?? 0, body, headers: response.headers }));
        response.on('error', failed);
      })
        .once('error', failed)
        .end();
    });
  }

  /** Bytes of the answer's body that arrive when the client stops reading in the middle for as long as `pause` takes. */
  async readSlowly(path: string, pause: () => Promise<void>): Promise<number> {
    return new Promise((done, failed) => {
      request({ host: '127.0.0.1', port: this.port, path, agent: this.agent() }, (response) => {
        let bytes = 0;
        let paused = false;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (paused) return;
          paused = true;
          response.pause();
          pause().then(() => response.resume(), failed);
        });
        response.once('close', () => done(bytes));
        response.once('error', () => done(bytes));
      })
        .once('error', failed)
        .end();
    });
  }

  /** Sends these characters over TLS, whatever they are; resolves to all that comes back. */
  async say(text: string): Promise<string> {
    return new Promise((done) => {
      let answer = '';
      const socket = connect({ host: '127.0.0.1', port: this.port, ca: this.root }, () => socket.write(text));
      socket.on('data', (chunk) => (answer += String(chunk)));
      socket.on('error', () => undefined);
      socket.once('close', () => done(answer));
    });
  }

  /** Nobody reads its log until {@link resumeLog}. */
  pauseLog(): void {
    this.#child.stdout?.pause();
  }

  resumeLog(): void {
    this.#child.stdout?.resume();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first line of its log with this message, or the one that makes it so many, awaited. */
  async line(message: string, count = 1): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.lines.filter(({ msg }) => msg === message)[count - 1];
      if (found) return found;
      await Promise.race([
        new Promise((next) => this.#child.stdout?.once('data', next)),
        this.exited.then((code) => {
          throw new Error(`expected the log line "${message}", found exit ${code}: ${this.stderr}${JSON.stringify(this.lines)}`);
        }),
      ]);
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
    await rm(this.#dir, { recursive: true });
  }
}
