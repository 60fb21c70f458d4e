import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testProject } from '@seaworthy/contracts';
import Docker from 'dockerode';
import { runCommand, type CommandResult } from '../../src/host/command.ts';
import { findCompose } from '../../src/host/compose/compose.ts';
import { findEngine, type Engine } from '../../src/host/engine/engine.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { mainInstance } from '../../src/instance.ts';
import { removeCopy } from '../../src/remove/remove-objects.ts';
import { writeEnvironment } from '../../src/start/environment.ts';

const PROJECT = testProject('bare-compose', process.pid);
const FIRST = 'run npm start first: it builds and verifies this image';
const IMAGES = [
  ...new Set([...readFileSync(join(REPOSITORY, 'compose.yaml'), 'utf8').matchAll(/image: .*\$\{(\w+)/g)].map(([, name]) => name ?? '')),
];

/** What people type themselves, in a copy of the clone. */
describe('docker compose', () => {
  let clone: string;
  let engine: Engine;
  beforeAll(async () => {
    const { engine: found } = await findEngine();
    if (!found) throw new Error('expected a container engine, found none; run npm run doctor');
    engine = found;
    clone = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    for (const path of ['compose.yaml', 'infra/seccomp']) cpSync(join(REPOSITORY, path), join(clone, path), { recursive: true });
  });
  afterAll(async () => {
    await removeCopy(engine, PROJECT);
    rmSync(clone, { recursive: true });
  });

  const compose = async (words: string, env: NodeJS.ProcessEnv = {}): Promise<CommandResult> => {
    const [program, ...first] = ((await findCompose())?.command ?? ['docker', 'compose']) as [string, ...string[]];
    const { PATH, HOME, DOCKER_HOST } = process.env;
    return runCommand(program, [...first, ...words.split(' ')], {
      cwd: clone,
      env: { PATH, HOME, DOCKER_HOST, SEAWORTHY_PROJECT: PROJECT, ...env },
    });
  };
  const made = async (): Promise<number> => {
    const docker = new Docker({ socketPath: engine.socketPath });
    const filters = { label: [`com.docker.compose.project=${PROJECT}`] };
    const [containers, networks, { Volumes: volumes }] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listNetworks({ filters }),
      docker.listVolumes({ filters }),
    ]);
    return containers.length + networks.length + (volumes ?? []).length;
  };

  describe('in a fresh clone', () => {
    it.each(['up', 'up --detach', 'create', 'ps', 'down'])('%s says what comes first, and makes nothing', async (words) => {
      const { code, stderr } = await compose(words);
      expect(code).not.toBe(0);
      expect(stderr).toContain(FIRST);
      await expect(made()).resolves.toBe(0);
    });

    it.each(IMAGES)('takes nothing in the place of %s', async (missing) => {
      const others = Object.fromEntries(IMAGES.filter((name) => name !== missing).map((name) => [name, 'sha256:0']));
      const { code, stderr } = await compose('config --quiet', others);
      expect(code).not.toBe(0);
      expect(stderr).toContain(`required variable ${missing} is missing a value: ${FIRST}`);
    });
  });

  describe('when a start has written .env', () => {
    it.each(['ps', 'logs', 'config --quiet', 'down'])('%s works with nothing more said', async (words) => {
      const names = IMAGES.map((variable) => variable.replace('_IMAGE', '').toLowerCase().replaceAll('_', '-'));
      const images = Object.fromEntries(names.map((name) => [name, `sha256:${'0'.repeat(64)}`]));
      writeEnvironment(mainInstance(clone, { SEAWORTHY_PROJECT: PROJECT }), images, engine);
      expect(await compose(words, { SEAWORTHY_PROJECT: undefined })).toMatchObject({ code: 0 });
    });
  });
});
