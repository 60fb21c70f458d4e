import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { engine } from '@seaworthy/testing';
import { runCommand, type CommandResult } from '../../src/host/command.ts';
import { findCompose } from '../../src/host/compose/compose.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { Terminal } from './terminal.ts';

jest.setTimeout(1_200_000);

const PROJECT = testProject('interrupted', process.pid);
const PATIENCE_MS = 600_000;
/** Where Ctrl-C is pressed: what the start says just then. Each start goes on from where the one before was ended. */
const MOMENTS: readonly (readonly [name: string, shown: RegExp])[] = [
  ['images are built', /Building the images \S+ .*· \w/],
  ['services are bundled', /Building the platform's own services .*· \w/],
  ['the hardened images are built', /Building the hardened images .*· \w/],
  ['images are loaded', /Loading the images into the engine/],
  ['the control plane starts', /Starting registry, pipeline and gatekeeper .*· containers/],
  ['images are published', /Publishing the images base/],
  ['a job of the pipeline runs', /through the pipeline .*· .*check/],
  ['a candidate is attacked', /through the pipeline .*· .*exercise/],
  ['services are rolled out', /Deploying .*· \w/],
  ['the attack is shown', /Attacking it/],
];

describe('npm start, ended with Ctrl-C in a terminal', () => {
  const root = mkdtempSync(join(tmpdir(), 'seaworthy-interrupted-'));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_OPTIONS: '',
    CI: undefined,
    TERM: 'xterm',
    SEAWORTHY_PROJECT: PROJECT,
    SEAWORTHY_SUBNET: '10.231',
  };
  for (const [at, name] of ['EDGE', 'REGISTRY', 'IDENTITY', 'PIPELINE', 'GATEKEEPER', 'FLEET'].entries())
    env[`SEAWORTHY_${name}_PORT`] = String(19_443 + at);
  let compose: readonly string[];
  let typed: Terminal | undefined;

  beforeAll(async () => {
    rmSync(root, { recursive: true });
    execFileSync('git', ['clone', '--quiet', REPOSITORY, root]);
    bringPackages(root);
    compose = (await findCompose())?.command ?? ['docker', 'compose'];
  });
  afterAll(async () => {
    // where a test failed: what still runs, and what is left, is found by what the clone knows of it
    await typed?.end();
    if (existsSync(join(root, '.seaworthy'))) await type('npm run clean -- --yes').exited;
    rmSync(root, { recursive: true, force: true });
  });

  const type = (command: string): Terminal => (typed = new Terminal(command, { cwd: root, env, patience: PATIENCE_MS }));
  const typeCompose = async (words: string): Promise<CommandResult> => {
    const [program = '', ...first] = compose;
    return runCommand(program, [...first, ...words.split(' ')], { cwd: root, env: { ...env, SEAWORTHY_PROJECT: undefined } });
  };

  it.each(MOMENTS)('while %s ends with 130, says so, and leaves no lock', async (_, shown) => {
    const start = type('npm start');
    await start.says(shown);
    start.pressCtrlC();
    expect(await start.exited).toBe(130);
    expect(start.output).toContain('• Interrupted');
    expect(stripVTControlCharacters(start.output)).not.toMatch(/^ {2}(?:expected|do {6}) |^\s+at /m);
    expect(readdirSync(join(root, '.seaworthy'))).not.toContain('lock');
  });

  it('goes on from there: the next one comes to its end', async () => {
    const start = type('npm start');
    expect(await start.exited).toBe(0);
    expect(start.output).toContain('SIGNATURE_MISSING');
    expect(start.output).toMatch(/Done in /);
    expect(await serving()).toEqual(['catalog', 'catalog', 'orders', 'orders', 'payments', 'payments']);
  });

  describe('and then docker compose', () => {
    it('ps names each replica', async () => {
      const { code, stdout } = await typeCompose('ps --format {{.Service}}');
      expect(code).toBe(0);
      expect(stdout.split('\n').filter((name) => name === 'catalog')).toHaveLength(2);
      expect(stdout.split('\n')).toEqual(expect.arrayContaining(['edge', 'postgres', 'registry', 'pipeline', 'gatekeeper', 'fleet']));
    });

    it('logs shows what they say', async () => {
      const { code, stdout } = await typeCompose('logs --no-log-prefix --no-color --tail 5 catalog');
      expect(code).toBe(0);
      // with neither prefix nor colour, compose still clears each line
      const lines = stripVTControlCharacters(stdout)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { service: string });
      expect(lines.length).toBeGreaterThan(1);
      expect(new Set(lines.map(({ service }) => service))).toEqual(new Set(['catalog']));
    });

    it('down takes all of it away but the data, with which the next start goes on', async () => {
      expect(await typeCompose('down')).toMatchObject({ code: 0 });
      expect(await left()).toEqual({ containers: [], networks: 0, volumes: expect.any(Number) });
      const start = type('npm start -- --no-attack');
      expect(await start.exited).toBe(0);
      expect(start.output).not.toContain('through the pipeline');
      expect(await serving()).toHaveLength(6);
    });
  });

  it('is all gone after npm run clean', async () => {
    const clean = type('npm run clean -- --yes');
    expect(await clean.exited).toBe(0);
    expect(await left()).toEqual({ containers: [], networks: 0, volumes: 0 });
    expect(existsSync(join(root, '.seaworthy'))).toBe(false);
    expect(execFileSync('git', ['-C', root, 'status', '--porcelain', '--ignored'], { encoding: 'utf8' })).not.toMatch(/seaworthy|\.env/);
  });
});

/** What `npm ci` would install, and downloads: another's are no part of this. Built images are its own, and none at first. */
function bringPackages(root: string): void {
  for (const folder of ['node_modules', ...globSync('{apps,packages}/*/node_modules', { cwd: REPOSITORY })])
    cpSync(join(REPOSITORY, folder), join(root, folder), { recursive: true, verbatimSymlinks: true });
  const cache = join(REPOSITORY, '.seaworthy/cache');
  mkdirSync(cache, { recursive: true });
  mkdirSync(dirname(join(root, '.seaworthy/cache')), { mode: 0o700 });
  symlinkSync(cache, join(root, '.seaworthy/cache'));
}

/** The services of which a replica runs, each as often as it has one. */
async function serving(): Promise<string[]> {
  const found = await engine.listContainers({ filters: { label: [`${OWNER_LABEL}=${PROJECT}`] } });
  return found
    .map(({ Labels }) => Labels['com.docker.compose.service'] ?? '')
    .filter((name) => ['catalog', 'orders', 'payments'].includes(name))
    .toSorted();
}

async function left(): Promise<{ containers: string[]; networks: number; volumes: number }> {
  const filters = { label: [`${OWNER_LABEL}=${PROJECT}`] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  return { containers: containers.flatMap(({ Names }) => Names), networks: networks.length, volumes: volumes?.length ?? 0 };
}
