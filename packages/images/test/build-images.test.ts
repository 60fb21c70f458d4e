import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DebianArchive } from '../src/archive/debian.archive.ts';
import { inOrder } from '../src/build.order.ts';
import { ContentCache, buildImages, updateImages } from '../src/index.ts';
import type { BuiltImage } from '../src/index.ts';
import { TestArchive, archiveKey } from './debian.fixture.ts';
import { makeWorkspace } from './images.fixture.ts';
import type { Workspace } from './images.fixture.ts';

describe('buildImages', () => {
  let archive: TestArchive;
  let workspace: Workspace;
  const contract = (absent: string): string => `user: "65532:65532"\nentrypoint: []\npasswd: ""\nabsent: [${absent}]\n`;

  beforeEach(async () => {
    archive = await TestArchive.start();
    workspace = await makeWorkspace();
    const key = await archiveKey();
    const tool = (name: string): object => ({ name, version: '1', files: { [`usr/bin/${name}`]: { content: name, mode: 0o755 } } });
    await archive.publish([tool('one'), tool('two'), tool('three')] as Parameters<TestArchive['publish']>[0], { key });
    await workspace.declare('parent', 'packages: [one]\n', { 'contract.yaml': contract('/usr/bin/sh') });
    await workspace.declare('child', 'parent: parent\npackages: [two]\n', { 'contract.yaml': contract('/usr/bin/sh') });
    await workspace.declare('grandchild', 'parent: child\npackages: []\n', { 'contract.yaml': contract('/usr/bin/sh') });
    await workspace.declare('other', 'packages: [three]\n', { 'contract.yaml': contract('/usr/bin/sh') });
    const debian = new DebianArchive({ cache: new ContentCache(workspace.cacheDir), mirrors: archive.mirrors, keyring: [key.public] });
    await updateImages({ ...workspace, archive: debian });
  });
  afterEach(async () => {
    await archive.stop();
    await workspace.remove();
  });
  const build = async (...names: string[]): Promise<BuiltImage[]> =>
    buildImages({ ...workspace, names, arch: 'amd64', mirror: archive.mirrors });

  it('builds a named image with its ancestors, and no other', async () => {
    expect((await build('child')).map(({ name }) => name)).toEqual(['parent', 'child']);
  });

  it("begins a child's layers with its parent's", async () => {
    const [parent, child] = await build('child');
    expect(child?.parent).toEqual({ name: 'parent', manifestDigest: parent?.manifestDigest });
    expect(child?.packages.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('builds anew what is declared otherwise, and its children', async () => {
    const before = await build('child');
    const file = join(workspace.imagesDir, 'parent', 'image.yaml');
    await writeFile(file, `${await readFile(file, 'utf8')}env: { NEW: "1" }\n`);
    const after = await build('child');
    expect(after.map(({ manifestDigest }, position) => manifestDigest === before[position]?.manifestDigest)).toEqual([false, false]);
  });

  it('builds nothing again that is declared alike in another folder, a checkout for instance', async () => {
    await build();
    const imagesDir = join(workspace.root, 'checkout', 'infra', 'images');
    await cp(workspace.imagesDir, imagesDir, { recursive: true });
    const steps: string[] = [];
    await buildImages({
      ...workspace,
      imagesDir,
      arch: 'amd64',
      mirror: archive.mirrors,
      onProgress: ({ image, step }) => steps.push(`${image}: ${step}`),
    });
    expect(new Set(steps)).toEqual(new Set(['parent: reused', 'child: reused', 'grandchild: reused', 'other: reused']));
  });

  it('removes what a killed run has left half-finished, and nothing of a run that goes on', async () => {
    const [dead, alive] = ['.parent.999999999.x', `.parent.${process.pid}.x`];
    for (const folder of [dead, alive]) await mkdir(join(workspace.outDir, folder), { recursive: true });
    await build('parent');
    expect((await readdir(workspace.outDir)).filter((name) => name.startsWith('.'))).toEqual([alive]);
  });

  it('refuses a name that nobody knows', async () => {
    await expect(build('nobody')).rejects.toMatchObject({ code: 'DECLARATION_INVALID' });
  });

  describe('when an image breaks its contract', () => {
    it('refuses with CONTRACT_VIOLATED, also the second time', async () => {
      await writeFile(join(workspace.imagesDir, 'child', 'contract.yaml'), contract('/usr/bin/two'));
      await expect(build()).rejects.toMatchObject({ code: 'CONTRACT_VIOLATED' });
      await expect(build()).rejects.toMatchObject({ code: 'CONTRACT_VIOLATED' });
    });
  });

  describe('when the contract becomes stricter', () => {
    it('holds what is built already against it', async () => {
      await build();
      await writeFile(join(workspace.imagesDir, 'other', 'contract.yaml'), contract('/usr/bin/three'));
      await expect(build()).rejects.toMatchObject({ code: 'CONTRACT_VIOLATED' });
    });
  });
});

describe('inOrder', () => {
  const images = [{ name: 'a' }, { name: 'b', parent: 'a' }, { name: 'c' }, { name: 'd', parent: 'b' }];

  it('begins no image before its parent is done, and answers in the order of the images', async () => {
    const events: string[] = [];
    const results = await inOrder(images, 2, async (name) => {
      events.push(`+${name}`);
      await new Promise(setImmediate);
      events.push(`-${name}`);
      return name;
    });
    expect(results).toEqual(['a', 'b', 'c', 'd']);
    for (const { name, parent } of images) if (parent) expect(events.indexOf(`-${parent}`)).toBeLessThan(events.indexOf(`+${name}`));
  });

  it('throws the first failure, and begins nothing more', async () => {
    const begun: string[] = [];
    const work = async (name: string): Promise<void> => {
      begun.push(name);
      if (name === 'a') throw new Error('a failed');
    };
    await expect(inOrder(images, 1, work)).rejects.toThrow('a failed');
    expect(begun).toEqual(['a']);
  });
});
