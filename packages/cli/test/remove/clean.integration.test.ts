import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { OwnImages } from '@seaworthy/images';
import { engine } from '@seaworthy/testing';
import { takeLock } from '../../bin/process-lock.mjs';
import { cloneLabels } from '../../src/engine/clone-labels.ts';
import { writeCloneEnvironment } from '../../src/host/clone-environment.ts';
import { mainInstance, type Instance } from '../../src/instance.ts';
import { RunningCommand } from '../develop/running-command.ts';
import { WorkingTree } from '../develop/working-tree.fixture.ts';

jest.setTimeout(120_000);

const PROJECT = testProject('clean', process.pid);

describe('npm run clean, on a copy of the working tree', () => {
  let tree: WorkingTree;
  let instance: Instance;
  beforeAll(async () => {
    tree = new WorkingTree();
    instance = mainInstance(tree.root, { SEAWORTHY_PROJECT: PROJECT });
    rmSync(join(tree.root, '.seaworthy/loaded-images')); // a link to the repository's own, whose images others use
    new OwnImages(instance).add(`sha256:${'0'.repeat(64)}`);
    writeCloneEnvironment(tree.root, []);
    await engine.createVolume({ Name: `${PROJECT}_data`, Labels: { [OWNER_LABEL]: PROJECT, ...cloneLabels(instance) } });
  });
  afterAll(() => tree.remove());

  const clean = (env: Readonly<Record<string, string>> = {}): RunningCommand =>
    new RunningCommand(tree.root, ['clean', '--yes'], { SEAWORTHY_PROJECT: PROJECT, ...env });
  const volumes = async (): Promise<number> =>
    (await engine.listVolumes({ filters: { label: [`${OWNER_LABEL}=${PROJECT}`] } })).Volumes.length;

  it('refuses while a test of the same clone runs, whose state that is', async () => {
    const lock = takeLock(join(tree.root, '.seaworthy/test.lock'), 'npm test');
    const command = clean();
    expect(await command.exited).toBe(75);
    expect(command.output).toContain(`npm test (pid ${process.pid})`);
    expect(existsSync(join(tree.root, '.env'))).toBe(true);
    if (lock.release) lock.release();
  });

  it('ends with 69 where no engine answers, and keeps what the next one needs', async () => {
    const command = clean({ DOCKER_HOST: 'unix:///nonexistent/engine.sock' });
    expect(await command.exited).toBe(69);
    expect(command.output).toContain('start the engine, and npm run clean again');
    expect(existsSync(join(tree.root, '.env'))).toBe(false);
    expect(readdirSync(join(tree.root, '.seaworthy')).toSorted()).toEqual(['clone-id', 'loaded-images']);
    await expect(volumes()).resolves.toBe(1);
  });

  it('removes all of it where one answers', async () => {
    expect(await clean().exited).toBe(0);
    expect(existsSync(join(tree.root, '.seaworthy'))).toBe(false);
    await expect(volumes()).resolves.toBe(0);
  });
});
