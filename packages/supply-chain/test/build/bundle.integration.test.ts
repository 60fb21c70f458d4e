import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { bundleService } from '../../src/build/index.ts';
import { temporaryDir } from './temporary-dir.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const run = promisify(execFile);

const MAIN = `
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GREETING } from '@seaworthy/words';
@Injectable() class Words { readonly greeting = GREETING; }
@Injectable() class Greeter { constructor(readonly words: Words) {} }
@Module({ providers: [Words, Greeter] }) class AppModule {}
const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
console.log(app.get(Greeter).words.greeting, app.get(Greeter).constructor.name);
await app.close();
`;

async function checkout(main = MAIN): Promise<string> {
  return temporaryDir({
    'package.json': JSON.stringify({ name: 'trial', workspaces: ['apps/*', 'packages/*'] }),
    'tsconfig.json': await readFile(join(REPOSITORY, 'tsconfig.json'), 'utf8'),
    'apps/greeter/package.json': JSON.stringify({ name: '@seaworthy/greeter', type: 'module' }),
    'apps/greeter/src/main.ts': main,
    'packages/words/package.json': JSON.stringify({ name: '@seaworthy/words', type: 'module', exports: './src/index.ts' }),
    'packages/words/src/index.ts': "export const GREETING: string = 'ahoy';",
  });
}

async function bundle(root: string) {
  return bundleService({ appDir: join(root, 'apps/greeter'), outDir: join(root, 'out'), modulesRoot: REPOSITORY });
}

describe('bundleService', () => {
  describe('when an app injects by constructor type and imports a package of the workspace', () => {
    it('makes one file that runs alone, class names kept', async () => {
      const { outDir } = await bundle(await checkout());
      await writeFile(join(outDir, 'package.json'), '{"type":"module"}');
      const { stdout } = await run(process.execPath, [join(outDir, 'main.js')], { cwd: outDir });
      expect(stdout.trim()).toBe('ahoy Greeter');
    });
    it('is in ASCII, what it says unchanged', async () => {
      const words = 'ahoj \u263a \u{1f6a2}';
      const { mainFile } = await bundle(await checkout(`console.log(${JSON.stringify(words)}, /^\u{1f6a2}$/u.test('\u{1f6a2}'));`));
      expect((await readFile(mainFile)).every((byte) => byte < 0x80)).toBe(true);
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', await readFile(mainFile, 'utf8')]);
      expect(stdout.trim()).toBe(`${words} true`);
    });
    it('does not load what Node keeps for whoever asks for it', async () => {
      const main = `import { STATUS_CODES } from 'node:http'; import fs, * as all from 'node:fs';
        const loaded = process.moduleLoadList.filter((name) => name.includes('undici'));
        console.log(STATUS_CODES[200], loaded.length, typeof fs.readFileSync, all.existsSync === fs.existsSync, typeof fetch);`;
      const { mainFile } = await bundle(await checkout(main));
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', await readFile(mainFile, 'utf8')]);
      expect(stdout.trim()).toBe('OK 0 function true function');
    });
    it('lists the packages in it with version and integrity', async () => {
      const { packages } = await bundle(await checkout());
      const nest = packages.find(({ name }) => name === '@nestjs/core');
      expect(nest).toMatchObject({ version: expect.stringMatching(/^12\./), integrity: expect.stringMatching(/^sha512-/) });
      expect(packages.map(({ name }) => name)).not.toContain('@nestjs/platform-express');
    });
    it('keeps the source map out of what is shipped, with paths of the repository, and without the text of the sources', async () => {
      const root = await checkout();
      const { mainFile, mapFile } = await bundle(root);
      expect(await readFile(mainFile, 'utf8')).not.toContain('sourceMappingURL');
      const map = JSON.parse(await readFile(mapFile, 'utf8')) as { sources: string[] };
      const { sources } = map;
      expect(sources).toEqual(expect.arrayContaining(['apps/greeter/src/main.ts', 'packages/words/src/index.ts']));
      expect(sources.filter((source) => source.startsWith('/') || source.startsWith('..'))).toEqual([]);
      expect(map).not.toHaveProperty('sourcesContent');
    });
  });

  describe('when the same sources lie at another path', () => {
    it('gives the same bytes, map included', async () => {
      const [first, second] = [await bundle(await checkout()), await bundle(await checkout())];
      expect(second.sha256).toBe(first.sha256);
      expect(await readFile(second.mapFile, 'utf8')).toBe(await readFile(first.mapFile, 'utf8'));
    });
  });

  describe('when a tagged template has a character beyond ASCII', () => {
    it('refuses with BUNDLE_FAILED and shows it', async () => {
      const failed = bundle(await checkout('console.log(String.raw`ahoj \u263a`);'));
      await expect(failed).rejects.toMatchObject({ code: 'BUNDLE_FAILED', message: expect.stringContaining('ahoj \u263a') });
    });
  });

  describe('when an import is not installed', () => {
    it('refuses with BUNDLE_FAILED', async () => {
      await expect(bundle(await checkout("import 'package-that-nobody-installed';"))).rejects.toMatchObject({ code: 'BUNDLE_FAILED' });
    });
  });
});
