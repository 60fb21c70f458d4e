import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OciLayout } from '@seaworthy/oci';
import { DebianArchive } from '../src/archive/debian.archive.ts';
import { readImageFiles } from '../src/contract/image.files.ts';
import { inOrder } from '../src/build.order.ts';
import { ContentCache, buildImages, updateImages } from '../src/index.ts';
import type { BuiltImage } from '../src/index.ts';
import { TestArchive, archiveKey } from './debian.fixture.ts';
import type { TestPackage } from './debian.fixture.ts';
import { makeWorkspace } from './images.fixture.ts';
import type { Workspace } from './images.fixture.ts';

describe('buildImages', () => {
  let archive: TestArchive;
  let workspace: Workspace;
  /** what any script of a package would write, wherever it ran on this machine */
  let executed: string;
  const contract = (absent: string): string => `user: "65532:65532"\nentrypoint: []\npasswd: ""\nabsent: [${absent}]\n`;

  beforeEach(async () => {
    archive = await TestArchive.start();
    workspace = await makeWorkspace();
    const key = await archiveKey();
    const debian = new DebianArchive({ cache: new ContentCache(workspace.cacheDir), mirrors: archive.mirrors, keyring: [key.public] });
    executed = join(workspace.root, 'executed');
    const script = `#!/bin/sh\necho "$0 $*" >> ${executed}\n`;
    const scripts = { preinst: script, postinst: script, config: script, triggers: 'interest-noawait /usr/bin\n' };
    const tool = (name: string): TestPackage => ({
      name,
      version: '1',
      scripts,
      files: { [`usr/bin/${name}`]: { content: script, mode: 0o755 } },
    });
    await archive.publish([tool('one'), tool('two'), tool('three')], { key });
    await workspace.declare('parent', 'packages: [one]\n', { 'contract.yaml': contract('/usr/bin/sh') });
    await workspace.declare('child', 'parent: parent\npackages: [two]\n', { 'contract.yaml': contract('/usr/bin/sh') });
    await workspace.declare('grandchild', 'parent: child\npackages: []\n', { 'contract.yaml': contract('/usr/bin/sh') });
    await workspace.declare('other', 'packages: [three]\n', { 'contract.yaml': contract('/usr/bin/sh') });
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

  it('executes no script of a package, and ships none', async () => {
    const [image] = await build('parent');
    const { files } = await readImageFiles(image?.layoutDir ?? '');
    expect([...files.keys()].filter((path) => files.get(path)?.type === 'file')).toEqual(['usr/bin/one', 'var/lib/dpkg/status.d/one']);
    expect(existsSync(executed)).toBe(false);
  });

  it("puts nothing of the user's network into an image", async () => {
    const network = {
      npm_config_registry: 'https://npm-of-somebody.example/',
      HTTPS_PROXY: 'http://proxy-of-somebody.example:3128',
      NODE_EXTRA_CA_CERTS: '/etc/authority-of-somebody.example.pem',
    };
    const before = { ...process.env };
    Object.assign(process.env, network);
    const [image] = await build('parent').finally(() => {
      for (const name of Object.keys(network)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    });
    const { host } = new URL(archive.mirrors.debian);
    const blobs = join(image?.layoutDir ?? '', 'blobs', 'sha256');
    for (const name of await readdir(blobs)) {
      const bytes = await readFile(join(blobs, name));
      const content = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1');
      expect(content).not.toMatch(/of-somebody/);
      expect(content).not.toContain(host);
    }
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

  it.each(['a layer', 'the manifest'])('builds anew, to the same digest, what a power cut left without %s', async (what) => {
    const before = await build();
    const [parent] = before;
    const layout = await OciLayout.open(parent!.layoutDir);
    const { descriptor, json } = await layout.manifest();
    const lost = what === 'a layer' ? json.layers[0]!.digest : descriptor.digest;
    await truncate(layout.blobPath(lost));
    const after = await build();
    expect(after.map(({ manifestDigest }) => manifestDigest)).toEqual(before.map(({ manifestDigest }) => manifestDigest));
    for (const { layoutDir } of after) await expect(readImageFiles(layoutDir)).resolves.toBeDefined();
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
