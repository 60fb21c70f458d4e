import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { ownImage } from '@seaworthy/testing';
import Docker from 'dockerode';
import { cloneLabels } from '../../src/engine/clone-labels.ts';
import { sayWhereCloneIs } from '../../src/engine/volumes.ts';
import { findEngine, type Engine } from '../../src/host/engine/engine.ts';
import { mainInstance, type Instance } from '../../src/instance.ts';
import { discardOrphans } from '../../src/remove/discard-orphans.ts';
import { removeCopy } from '../../src/remove/remove-objects.ts';
import { removeFromEngine } from '../../src/remove/remove-from-engine.ts';
import { prepareHost } from '../../src/start/prepare-host.ts';
import { createProgress } from '../../src/ui/progress.ts';

const PROJECT = testProject('prepare', process.pid);
// unlike any network that a machine is likely to have
const SUBNET = '198.19';

describe('an engine that holds data of this project', () => {
  const folders: string[] = [];
  const clone = (root: string): Instance => {
    const stateDir = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    folders.push(stateDir);
    return { ...mainInstance(root, { SEAWORTHY_PROJECT: PROJECT, SEAWORTHY_SUBNET: SUBNET }), stateDir };
  };
  const silent = createProgress();
  const nobody = (): undefined => undefined;
  let engine: Engine;
  let docker: Docker;
  let mine: Instance;

  beforeEach(async () => {
    const { engine: found } = await findEngine();
    if (!found) throw new Error('expected a container engine, found none; run npm run doctor');
    engine = found;
    docker = new Docker({ socketPath: engine.socketPath });
    mine = clone('/home/me/mine');
  });
  afterEach(async () => {
    await removeCopy(engine, PROJECT);
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const keep = async (owner: Instance): Promise<void> => {
    const Labels = { [OWNER_LABEL]: PROJECT, ...cloneLabels(owner) };
    await docker.createVolume({ Name: `${PROJECT}_${owner.root.slice(1).replaceAll('/', '-')}`, Labels });
  };
  const running = async (): Promise<Docker.Container> => {
    const container = await docker.createContainer({
      Image: await ownImage('node'),
      Cmd: ['--eval', 'setInterval(() => undefined, 1000)'],
      Labels: { [OWNER_LABEL]: PROJECT },
    });
    await container.start();
    return container;
  };
  const left = async (): Promise<number> =>
    (await docker.listVolumes({ filters: { label: [`${OWNER_LABEL}=${PROJECT}`] } })).Volumes?.length ?? 0;

  it('is used as it is when the data is its own', async () => {
    await keep(mine);
    await prepareHost(mine, silent, nobody);
    await expect(left()).resolves.toBe(1);
  });

  it('loses what nobody has the keys to, so that a start begins anew', async () => {
    await keep(clone('/nowhere/gone'));
    await prepareHost(mine, silent, nobody);
    await expect(left()).resolves.toBe(0);
  });

  it('keeps that while its containers run: a clone that cannot be seen from here may use it', async () => {
    await keep(clone('/nowhere/gone'));
    const container = await running();
    await expect(prepareHost(mine, silent, nobody)).rejects.toMatchObject({
      code: 'HOST_NOT_READY',
      remedy: expect.stringContaining('npm stop'),
    });
    await expect(left()).resolves.toBe(1);
    await container.kill();
    await prepareHost(mine, silent, nobody);
    await expect(left()).resolves.toBe(0);
  });

  it('keeps that while its containers run whatever is cleaned here; what this clone made itself goes', async () => {
    await keep(clone('/nowhere/gone'));
    const container = await running();
    await expect(removeFromEngine(engine, mine, silent)).rejects.toMatchObject({
      code: 'HOST_NOT_READY',
      found: expect.stringContaining('/nowhere/gone'),
    });
    await expect(left()).resolves.toBe(1);
    await container.kill();
    await removeFromEngine(engine, mine, silent);
    await expect(left()).resolves.toBe(0);

    await keep(clone(mine.root)); // before its .seaworthy was deleted
    await running();
    await removeFromEngine(engine, mine, silent);
    await expect(left()).resolves.toBe(0);
  });

  it('stays that of a clone which was moved, and started where it lies now', async () => {
    const theirs = clone('/nowhere/gone');
    await keep(theirs);
    const moved = { ...theirs, root: tmpdir() };
    await sayWhereCloneIs(docker, moved);
    await sayWhereCloneIs(docker, moved);
    await expect(left()).resolves.toBe(2);
    await expect(removeFromEngine(engine, mine, silent)).rejects.toMatchObject({ found: expect.stringContaining(tmpdir()) });
    await expect(prepareHost(mine, silent, nobody)).rejects.toMatchObject({ found: expect.stringContaining(tmpdir()) });
    await expect(left()).resolves.toBe(2);
  });

  it('keeps that too when the user says no', async () => {
    await keep(clone('/nowhere/gone'));
    await expect(discardOrphans(engine, mine, silent, async () => false)).rejects.toMatchObject({ code: 'DECLINED' });
    await expect(left()).resolves.toBe(1);
  });

  it('refuses a start over data that another clone can still use', async () => {
    await keep(clone(tmpdir()));
    await expect(prepareHost(mine, silent, nobody)).rejects.toMatchObject({
      code: 'HOST_NOT_READY',
      found: expect.stringContaining(tmpdir()),
    });
    await expect(left()).resolves.toBe(1);
  });
});
