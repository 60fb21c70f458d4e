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
  const docker = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('DOCKER_')));
  console.log(JSON.stringify({ declared: readFileSync(files[0], 'utf8'), folder: process.cwd(), words, image, docker }));
`;
const HOST = { engine: { socketPath: '/the/engine.sock' }, compose: [process.execPath, '--eval', TELLING, '--'] };

interface Told {
  readonly declared: string;
  readonly folder: string;
  readonly words: readonly string[];
  readonly image: string;
  readonly docker: Readonly<Record<string, string>>;
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

  const asked = async (): Promise<Told> => JSON.parse(await new Compose(mainInstance(root, {}), HOST).run(['config'])) as Told;

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

  describe('when the user’s environment names another engine', () => {
    it('asks the one that everything else asks', async () => {
      const before = { ...process.env };
      Object.assign(process.env, {
        DOCKER_CONTEXT: 'elsewhere',
        DOCKER_TLS_VERIFY: '1',
        DOCKER_DEFAULT_PLATFORM: 'linux/arm64',
        DOCKER_CONFIG: '/mine',
      });
      try {
        expect((await asked()).docker).toEqual({ DOCKER_HOST: 'unix:///the/engine.sock', DOCKER_CONFIG: '/mine' });
      } finally {
        for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
        Object.assign(process.env, before);
      }
    });
  });

  it.each([
    [['catalog', 'edge'], undefined, ['catalog', 'edge']],
    [['fleet'], ['--no-deps'], ['--no-deps', 'fleet']],
  ])('brings up %p with %p without pulling or building anything', async (services, flags, last) => {
    await new Compose(mainInstance(root, {}), HOST).up(services, flags);
    const log = readFileSync(join(root, '.seaworthy/compose.log'), 'utf8').trim().split('\n');
    const { words } = JSON.parse(log.at(-1) ?? '') as Told;
    expect(words).toEqual(['up', '--detach', '--no-build', '--pull', 'never', ...last]);
  });
});
