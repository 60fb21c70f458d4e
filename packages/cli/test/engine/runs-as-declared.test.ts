import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Docker from 'dockerode';
import { Compose } from '../../src/engine/compose.ts';
import { runsAsDeclared } from '../../src/engine/runs-as-declared.ts';
import { mainInstance } from '../../src/instance.ts';

/** What compose says: a database, and what makes it. */
const says = async (words: readonly string[]): Promise<string> =>
  words.includes('--hash') ? 'database 01\nmaker 02\n' : '{"services":{"database":{},"maker":{}}}';

type Container = [service: string, hash: string, state: string, status: string];
const DATABASE: Container = ['database', '01', 'running', 'Up 2 minutes'];
const MAKER: Container = ['maker', '02', 'exited', 'Exited (0) 2 minutes ago'];

describe('whether a service runs as declared', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'declared-'));
    mkdirSync(join(root, '.seaworthy/source'), { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const asked = async (...containers: Container[]): Promise<boolean> => {
    const found = containers.map(([service, hash, State, Status]) => ({
      Labels: { 'com.docker.compose.service': service, 'com.docker.compose.config-hash': hash },
      State,
      Status,
    }));
    const docker = { listContainers: async () => found } as unknown as Docker;
    const instance = mainInstance(root, {});
    return runsAsDeclared(
      docker,
      instance,
      Object.assign(new Compose(instance, { engine: { socketPath: '' }, compose: [] }), { run: says }),
      ['database'],
    );
  };

  it('is so when it runs, and what it waits for has ended well', async () => {
    expect(await asked(DATABASE, MAKER)).toBe(true);
  });
  it('is so beside a container of an older configuration', async () => {
    expect(await asked(['database', '00', 'exited', 'Exited (1) an hour ago'], DATABASE, MAKER)).toBe(true);
  });

  it.each<[string, Container[]]>([
    ['it was never made', [MAKER]],
    ['it is of another configuration', [['database', '00', 'running', 'Up 2 minutes'], MAKER]],
    ['it has ended, and be it well', [['database', '01', 'exited', 'Exited (0) 1 second ago'], MAKER]],
    ['it is paused', [['database', '01', 'paused', 'Up 2 minutes (Paused)'], MAKER]],
    ['what it waits for was never made', [DATABASE]],
    ['what it waits for has failed', [DATABASE, ['maker', '02', 'exited', 'Exited (1) 2 minutes ago']]],
    ['what it waits for is of another configuration', [DATABASE, ['maker', '03', 'exited', 'Exited (0) 2 minutes ago']]],
  ])('is not so when %s', async (_what, containers) => {
    expect(await asked(...containers)).toBe(false);
  });
});
