import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Compose } from '../../src/engine/compose.ts';
import { mainInstance } from '../../src/instance.ts';

/** Stands where compose does, and says what it was given to run, where, with which words after its files, and what it knows of `CATALOG_IMAGE`. */
const TELLING = `
  const { readFileSync } = require('node:fs');
  const files = process.argv.flatMap((word, at) => (process.argv[at - 1] === '--file' ? [word] : []));
  const words = process.argv.slice(process.argv.indexOf(files.at(-1)) + 1);
  const image = process.env.CATALOG_IMAGE ?? 'not set';
  console.log(JSON.stringify({ declared: readFileSync(files[0], 'utf8'), folder: process.cwd(), words, image }));
`;
const COMMAND = [process.execPath, '--eval', TELLING, '--'];

interface Told {
  readonly declared: string;
  readonly folder: string;
  readonly words: readonly string[];
  readonly image: string;
}

describe('Compose', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'compose-'));
    mkdirSync(join(root, '.seaworthy/source'), { recursive: true });
    writeFileSync(join(root, 'compose.yaml'), 'privileged: true');
    writeFileSync(join(root, '.seaworthy/source/compose.yaml'), 'read_only: true');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const asked = async (): Promise<Told> => JSON.parse(await new Compose(mainInstance(root, {}), COMMAND).run(['config'])) as Told;

  describe('when compose.yaml of the working tree is another than the commit’s', () => {
    it('runs the commit’s, and finds the profiles of system calls beside that', async () => {
      expect(await asked()).toMatchObject({ declared: 'read_only: true', folder: join(root, '.seaworthy/source') });
    });
  });

  describe('when the user’s environment names another image', () => {
    it('does not hand it on: compose would take it for the one that was verified', async () => {
      process.env['CATALOG_IMAGE'] = 'another';
      try {
        expect(await asked()).toMatchObject({ image: 'not set' });
      } finally {
        delete process.env['CATALOG_IMAGE'];
      }
    });
  });

  it.each([
    [['catalog', 'edge'], undefined, ['catalog', 'edge']],
    [['fleet'], ['--no-deps'], ['--no-deps', 'fleet']],
  ])('brings up %p with %p without pulling or building anything', async (services, flags, last) => {
    await new Compose(mainInstance(root, {}), COMMAND).up(services, flags);
    const log = readFileSync(join(root, '.seaworthy/compose.log'), 'utf8').trim().split('\n');
    const { words } = JSON.parse(log.at(-1) ?? '') as Told;
    expect(words).toEqual(['up', '--detach', '--no-build', '--pull', 'never', ...last]);
  });
});
