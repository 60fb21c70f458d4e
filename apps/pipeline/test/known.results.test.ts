import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { digestOf } from '@seaworthy/oci';
import { workspaceHashes } from '@seaworthy/supply-chain/workspaces';
import { writeTar } from '../src/jobs/tar.rules.ts';
import { KnownResults } from '../src/runs/known.results.ts';
import { readSource, sourceTar } from '../src/source/source.archive.ts';
import type { Source } from '../src/source/source.archive.ts';

const FILES: Record<string, string> = {
  'package-lock.json': JSON.stringify({ packages: { 'apps/catalog/node_modules/x': {}, 'node_modules/y': {} } }),
  'tsconfig.json': '{}',
  'README.md': 'hello',
  'packages/oci/package.json': '{"name":"@demo/oci"}',
  'packages/oci/src/index.ts': '1',
  'packages/images/package.json': '{"name":"@demo/images","dependencies":{"@demo/oci":"1"}}',
  'apps/catalog/package.json': '{"name":"@demo/catalog","dependencies":{"@demo/images":"1"}}',
  'apps/catalog/service.yaml': 'name: catalog',
  'apps/identity/package.json': '{"name":"@demo/identity"}',
};
const source = (change: Record<string, string> = {}): Promise<Source> =>
  readSource(
    writeTar(({ file }) => {
      for (const [path, content] of Object.entries({ ...FILES, ...change })) file(path, content);
    }),
  );

describe('hashes of workspaces', () => {
  const changed = async (change: Record<string, string>): Promise<string[]> => {
    const [before, after] = [workspaceHashes((await source()).files), workspaceHashes((await source(change)).files)];
    return [...after].filter(([workspace, hash]) => before.get(workspace) !== hash).map(([workspace]) => workspace);
  };

  it('change with a workspace’s own files, and with nobody else’s', async () => {
    expect(await changed({ 'apps/catalog/src/main.ts': '2' })).toEqual(['apps/catalog']);
  });
  it('change with what a workspace depends on, at any depth', async () => {
    expect((await changed({ 'packages/oci/src/index.ts': '2' })).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'apps/catalog',
      'packages/images',
      'packages/oci',
    ]);
  });
  it('all change with the lockfile and with the configuration of the tools', async () => {
    expect(await changed({ 'tsconfig.json': '{"strict":false}' })).toHaveLength(4);
    expect(await changed({ 'package-lock.json': '{"packages":{}}' })).toHaveLength(4);
  });
  it('do not change with words for people', async () => {
    expect(await changed({ 'README.md': 'other', 'docs/x.md': 'other' })).toEqual([]);
  });
});

describe('the source that jobs see', () => {
  it('names its packages by all that says which are installed, and by nothing else', async () => {
    const { packagesHash, manifests } = await source();
    expect(manifests).toEqual(
      Object.keys(FILES)
        .filter((path) => path.endsWith('package.json'))
        .toSorted(),
    );
    const same = { 'apps/catalog/service.yaml': 'other', 'apps/catalog/test/package.json': '{}', 'docs/package.json': '{}' };
    expect(await source(same)).toMatchObject({ packagesHash, manifests });
    const others = {
      'package-lock.json': '{"packages":{}}',
      'package.json': '{"overrides":{}}',
      'packages/oci/package.json': '{"name":"oci"}',
    };
    for (const [path, content] of Object.entries(others)) {
      expect(await source({ [path]: content })).not.toMatchObject({ packagesHash });
    }
  });
  it('finds its packages in their own volume', async () => {
    const tar = (await buffer(sourceTar(await source()))).toString('latin1');
    expect(tar).toContain('/deps/node_modules');
    expect(tar).toContain('/deps/nested/apps/catalog/node_modules');
  });
  it('names the services of the commit', async () => {
    expect((await source()).services).toEqual(['catalog']);
  });
  it('is refused without a lockfile', async () => {
    await expect(readSource(Readable.from([await buffer(writeTar(({ file }) => file('a', 'b')))]))).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
    });
  });
  it.each(['<<<<<<< HEAD\n{}', '{}'])('is refused with a lockfile that cannot be read: %j', async (lock) => {
    await expect(source({ 'package-lock.json': lock })).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
      message: expect.stringContaining('expected package-lock.json to be what npm writes'),
    });
  });
  it.each(['compose.yaml', 'package.json', 'apps/catalog/service.yaml', 'apps/catalog/package.json', 'packages/oci/package.json'])(
    'is refused where %s is larger than can be parsed',
    async (path) => {
      const text = (bytes: number): string => '- a\n'.repeat(bytes / 4);
      expect((await source({ [path]: text(256 * 1024) })).text(path)).toHaveLength(256 * 1024);
      await expect(source({ [path]: text(256 * 1024 + 4) })).rejects.toMatchObject({
        code: 'SOURCE_REFUSED',
        message: `expected ${path} to have at most 256 KiB, found 257`,
      });
    },
  );
  it('is refused where its lockfile is larger than any is, and may have other files that are large', async () => {
    const lock = (bytes: number): string => FILES['package-lock.json']?.padEnd(bytes) ?? '';
    await source({ 'package-lock.json': lock(4 * 1024 ** 2), 'docs/a.yaml': lock(4 * 1024 ** 2 + 1) });
    await expect(source({ 'package-lock.json': lock(4 * 1024 ** 2 + 1) })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
  });
});

describe('known results', () => {
  let directory: string;
  const tools = { toolboxImage: 'sha256:1', programs: new Map([['check.js', Buffer.from('check')]]) };
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'known-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('are what a run has proved, also after a restart', () => {
    const file = join(directory, 'a.json');
    const [parent, digest] = [digestOf(Buffer.from('parent')), digestOf(Buffer.from('image'))];
    new KnownResults(file, tools).record({ passed: ['t1'], built: [{ hash: 'h1', parent, digest }] });
    const known = new KnownResults(file, tools);
    expect([known.hasPassed('t1'), known.hasPassed('t2')]).toEqual([true, false]);
    expect([known.imageOf('h1', parent), known.imageOf('h1', digest)]).toEqual([digest, undefined]);
  });
  it('are forgotten when the tools are others', () => {
    const file = join(directory, 'b.json');
    new KnownResults(file, tools).record({ passed: ['t1'], built: [] });
    expect(new KnownResults(file, { ...tools, toolboxImage: 'sha256:2' }).hasPassed('t1')).toBe(false);
    expect(new KnownResults(file, { ...tools, programs: new Map([['check.js', Buffer.from('other')]]) }).hasPassed('t1')).toBe(false);
  });
  it('are none where the file is damaged', () => {
    const file = join(directory, 'c.json');
    writeFileSync(file, '{"passed":');
    expect(new KnownResults(file, tools).hasPassed('t1')).toBe(false);
  });
});
