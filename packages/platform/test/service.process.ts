import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { testAuthority } from '@seaworthy/testing';

const FIXTURES = resolve(import.meta.dirname, 'fixtures');

export interface Answer {
  status: number;
  body: string;
  headers: Record<string, unknown>;
}

/** A service as it runs for users: bundled, in a process of its own, behind TLS that its clients verify. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #dir: string;
  readonly #root: string;
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly lines: Record<string, unknown>[] = [];
  stderr = '';
  port = 0;

  static async start(fixture: string, environment: Record<string, string> = {}): Promise<ServiceProcess> {
    const process = await ServiceProcess.launch(fixture, environment);
    await process.#listening();
    return process;
  }

  /** Without waiting for it to listen: it may never do. */
  static async launch(fixture: string, environment: Record<string, string> = {}): Promise<ServiceProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'seaworthy-service-'));
    const main = join(dir, 'main.mjs');
    await writeFile(main, await bundle(fixture));
    const authority = await testAuthority();
    const { cert, key } = await authority.issue('localhost', '127.0.0.1');
    const tls = { TLS_CERT_FILE: join(dir, 'cert.pem'), TLS_KEY_FILE: join(dir, 'key.pem') };
    await Promise.all([writeFile(tls.TLS_CERT_FILE, cert), writeFile(tls.TLS_KEY_FILE, key)]);
    const child = spawn(globalThis.process.execPath, [main], { env: { HOST: '127.0.0.1', PORT: '0', ...tls, ...environment } });
    return new ServiceProcess(child, dir, authority.root);
  }

  private constructor(child: ChildProcess, dir: string, root: string) {
    this.#child = child;
    this.#dir = dir;
    this.#root = root;
    this.exited = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
    child.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
    let rest = '';
    child.stdout?.on('data', (chunk) => {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts.map((line) => JSON.parse(line) as Record<string, unknown>));
    });
  }

  /** A client with kept-alive connections of its own. */
  agent(): Agent {
    return new Agent({ keepAlive: true, ca: this.#root });
  }

  async get(path: string, agent = new Agent({ ca: this.#root })): Promise<Answer> {
    return new Promise((done, failed) => {
      request({ host: '127.0.0.1', port: this.port, path, agent }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk)));
        response.on('end', () => done({ status: response.statusCode ?? 0, body, headers: response.headers }));
        response.on('error', failed);
      })
        .once('error', failed)
        .end();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async line(message: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.lines.find(({ msg }) => msg === message);
      if (found) return found;
      await Promise.race([
        new Promise((next) => this.#child.stdout?.once('data', next)),
        this.exited.then((code) => {
          throw new Error(`expected the log line "${message}", found exit ${code}: ${this.stderr}${JSON.stringify(this.lines)}`);
        }),
      ]);
    }
  }

  async #listening(): Promise<void> {
    this.port = Number((await this.line('listening'))['port']);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
    await rm(this.#dir, { recursive: true });
  }
}

const bundles = new Map<string, Promise<string>>();

async function bundle(fixture: string): Promise<string> {
  const pending = bundles.get(fixture) ?? generate(join(FIXTURES, fixture));
  bundles.set(fixture, pending);
  return pending;
}

async function generate(input: string): Promise<string> {
  const tsconfig = resolve(FIXTURES, '../../../../tsconfig.json');
  const build = await rolldown({ input, platform: 'node', tsconfig, logLevel: 'silent', external: (id) => OPTIONAL.test(id) });
  // rolldown looks at the kind of its own default for this option, which is of another realm under jest
  const { output } = await build.generate({ format: 'esm', codeSplitting: false, keepNames: true, sourcemapIgnoreList: false });
  await build.close();
  return output[0].code;
}

/** Nest looks for these and goes on without them. */
const OPTIONAL =
  /^(?:@nestjs\/(?:microservices|websockets|axios|mongoose|typeorm|sequelize)|@grpc\/|@mikro-orm\/|class-(?:transformer|validator)|@fastify\/(?:static|view|multipart)$|mongoose|typeorm|sequelize|pg-native)/;
