import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createCleartextMessage, generateKey, sign } from 'openpgp';
import type { PrivateKey, PublicKey } from 'openpgp';
import { pack } from 'tar-stream';
import type { Mirrors } from '../src/archive/mirrors.ts';

export interface TestPackage {
  name: string;
  version: string;
  depends?: string;
  provides?: string;
  files?: Record<string, { content: string; mode?: number; uid?: number }>;
  /** beside the control stanza, by name: `postinst`, `triggers` */
  scripts?: Record<string, string>;
}

export interface TestKey {
  secret: PrivateKey;
  public: PublicKey;
}

/** A key as an archive's, thrown away after the test. */
export async function archiveKey(date = new Date('2026-01-01T00:00:00Z')): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: 'Test Archive' }], format: 'object', date });
  return { secret: privateKey, public: publicKey };
}

/** A small Debian archive, signed, with packages of our own, on a port of loopback. */
export class TestArchive {
  /** Paths asked for since the start. */
  readonly requests: string[] = [];
  readonly files = new Map<string, Buffer>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.requests.push(path);
      const file = this.files.get(path);
      response.writeHead(file ? 200 : 404).end(file);
    });
  }

  static async start(): Promise<TestArchive> {
    const archive = new TestArchive();
    await new Promise<void>((resolve) => {
      archive.#server.listen(0, '127.0.0.1', resolve);
    });
    return archive;
  }

  get mirrors(): Mirrors {
    const { port } = this.#server.address() as AddressInfo;
    return { debian: `http://127.0.0.1:${port}/debian`, security: `http://127.0.0.1:${port}/security` };
  }

  /** Replaces all that is published, as an archive does when it moves on: what is no longer named is gone. */
  async publish(packages: TestPackage[], options: { key: TestKey; date?: Date; validUntil?: Date; codename?: string }): Promise<void> {
    this.files.clear();
    for (const [suite, root, content] of [
      ['trixie', '/debian', packages],
      ['trixie-updates', '/debian', []],
      ['trixie-security', '/security', []],
    ] as const) {
      await this.#publishSuite(suite, root, content, options);
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #publishSuite(
    suite: string,
    root: string,
    packages: readonly TestPackage[],
    options: { key: TestKey; date?: Date; validUntil?: Date; codename?: string },
  ): Promise<void> {
    const stanzas: string[] = [];
    for (const one of packages) {
      const deb = await writeDeb(one);
      const path = `pool/main/${one.name}_${one.version}_all.deb`;
      this.files.set(`${root}/${path}`, deb);
      stanzas.push(`${controlOf(one)}Filename: ${path}\nSize: ${deb.length}\nSHA256: ${sha256(deb)}\n`);
    }
    const index = gzipSync(stanzas.join('\n'));
    const { key, date = new Date(Date.now() - 60_000), validUntil, codename = suite } = options;
    const hashes = ['amd64', 'arm64'].map((arch) => ` ${sha256(index)} ${index.length} main/binary-${arch}/Packages.gz`).join('\n');
    const valid = validUntil ? `Valid-Until: ${validUntil.toUTCString()}\n` : '';
    const text = `Origin: Test\nCodename: ${codename}\nDate: ${date.toUTCString()}\n${valid}SHA256:\n${hashes}\n`;
    const message = await createCleartextMessage({ text });
    this.files.set(`${root}/dists/${suite}/InRelease`, Buffer.from(await sign({ message, signingKeys: key.secret, date })));
    for (const arch of ['amd64', 'arm64'])
      this.files.set(`${root}/dists/${suite}/main/binary-${arch}/by-hash/SHA256/${sha256(index)}`, index);
  }
}

/** A package by deb(5), with gzip where Debian takes xz. */
export async function writeDeb(one: TestPackage): Promise<Buffer> {
  const scripts = Object.entries(one.scripts ?? {}).map(([name, content]) => [name, { content, mode: 0o755 }] as const);
  const control = await tarGz({ control: { content: controlOf(one) }, ...Object.fromEntries(scripts) });
  const data = await tarGz(one.files ?? { [`usr/share/${one.name}/version`]: { content: one.version } });
  return ar({ 'debian-binary': Buffer.from('2.0\n'), 'control.tar.gz': control, 'data.tar.gz': data });
}

function controlOf({ name, version, depends, provides }: TestPackage): string {
  const optional = `${depends ? `Depends: ${depends}\n` : ''}${provides ? `Provides: ${provides}\n` : ''}`;
  return `Package: ${name}\nVersion: ${version}\nArchitecture: all\n${optional}Description: made by a test\n`;
}

async function tarGz(files: Record<string, { content: string; mode?: number; uid?: number }>): Promise<Buffer> {
  const archive = pack();
  for (const [name, { content, mode = 0o644, uid = 0 }] of Object.entries(files))
    archive.entry({ name: `./${name}`, mode, uid, gid: uid, mtime: new Date(0) }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

function ar(members: Record<string, Buffer>): Buffer {
  const parts = Object.entries(members).flatMap(([name, data]) => {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(data.length).padEnd(10)}\`\n`;
    return [Buffer.from(header), data, Buffer.from(data.length % 2 ? '\n' : '')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
