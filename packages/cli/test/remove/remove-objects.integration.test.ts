import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { OwnImages } from '@seaworthy/images';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { takeLock } from '../../bin/process-lock.mjs';
import { CLONE_LABEL, ROOT_LABEL } from '../../src/engine/clone-labels.ts';
import { findEngine, type Engine } from '../../src/host/engine/engine.ts';
import { listContainers } from '../../src/host/platform-objects.ts';
import { debugInstance, mainInstance } from '../../src/instance.ts';
import { findCopies, findDeadTests } from '../../src/remove/find-copies.ts';
import { removeCopy, removeImages, stopCopy } from '../../src/remove/remove-objects.ts';
import { removeOwnCopy } from '../../src/remove/remove-own-copy.ts';
import { removeOutdated } from '../../src/remove/remove-outdated.ts';

const MAIN = testProject('removal', process.pid);
const COPY = `${MAIN}-copy`;
const MINE = mainInstance('/home/me/mine', { SEAWORTHY_PROJECT: MAIN });
const STRANGER = testProject('stranger', process.pid);
const PROJECTS = [MAIN, COPY, STRANGER];

describe('what the engine holds of a copy', () => {
  let engine: Engine;
  let docker: Docker;
  let image: string;

  beforeEach(async () => {
    const { engine: found } = await findEngine();
    if (!found) throw new Error('expected a container engine, found none; run npm run doctor');
    engine = found;
    docker = new Docker({ socketPath: engine.socketPath });
    image = await emptyImage(docker);
    for (const project of PROJECTS) await populate(docker, project, image);
  });

  afterEach(async () => {
    for (const project of PROJECTS) await removeCopy(engine, project);
    await removeImages(engine, [image]);
  });

  it('is found by label, with the copies of drills, and nobody else’s', async () => {
    await expect(findCopies(engine, MINE)).resolves.toEqual([MAIN, COPY]);
  });

  it.each([
    ['begins with the name of this one', `${MAIN}-two`],
    ['is what this one would call a copy', `${MAIN}-debug`],
  ])('is not the platform of another clone whose name %s', async (_, project) => {
    const labels = { [OWNER_LABEL]: project, [CLONE_LABEL]: 'theirs', [ROOT_LABEL]: tmpdir() };
    await docker.createVolume({ Name: `${project}_postgres-data`, Labels: labels });
    const found = await findCopies(engine, MINE);
    await removeCopy(engine, project);
    expect(found).toEqual([MAIN, COPY]);
  });

  it('is not thrown away as a copy where another clone’s platform has that name', async () => {
    const [project, copy] = [`${MAIN}-debug`, debugInstance(MINE)];
    const labels = { [OWNER_LABEL]: project, [CLONE_LABEL]: 'theirs', [ROOT_LABEL]: tmpdir() };
    await docker.createVolume({ Name: `${project}_postgres-data`, Labels: labels });
    await expect(removeOwnCopy(engine, copy)).rejects.toMatchObject({ code: 'HOST_NOT_READY', found: expect.stringContaining(tmpdir()) });
    await expect(volumes(docker, project)).resolves.toHaveLength(1);
    await removeCopy(engine, project);
    await docker.createVolume({ Name: `${project}_secrets`, Labels: { ...labels, [ROOT_LABEL]: MINE.root } });
    await expect(removeOwnCopy(engine, copy)).resolves.toMatchObject({ volumes: 1 });
  });

  it('is its own when the bench made it, in a clone inside this one', async () => {
    const [project, root] = [`${MAIN}-bench`, mkdtempSync(join(tmpdir(), 'seaworthy-clone-'))];
    const labels = { [OWNER_LABEL]: project, [CLONE_LABEL]: 'bench', [ROOT_LABEL]: join(root, '.seaworthy/copies/bench') };
    mkdirSync(labels[ROOT_LABEL], { recursive: true });
    await docker.createVolume({ Name: `${project}_postgres-data`, Labels: labels });
    const found = await findCopies(engine, mainInstance(root, { SEAWORTHY_PROJECT: MAIN }));
    await removeCopy(engine, project);
    rmSync(root, { recursive: true });
    expect(found).toContain(project);
  });

  it('goes with a stop, but for the volumes that hold data', async () => {
    await expect(stopCopy(engine, MAIN)).resolves.toMatchObject({ containers: 2, networks: 1, volumes: 1 });
    await expect(listContainers(engine, MAIN)).resolves.toEqual([]);
    await expect(volumes(docker, MAIN)).resolves.toEqual([`${MAIN}_postgres-data`]);
  });

  it('goes wholly with a removal, and nothing of others goes with it', async () => {
    await removeCopy(engine, MAIN);
    await expect(findCopies(engine, MINE)).resolves.toEqual([COPY]);
    await expect(listContainers(engine, STRANGER)).resolves.toHaveLength(2);
    await expect(volumes(docker, STRANGER)).resolves.toHaveLength(2);
  });

  it('is a dead test’s where its process is no more, and nobody’s while it runs', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    const dead = testProject('removal', pid);
    const built = await emptyImage(docker, dead);
    await docker.getImage(built).tag({ repo: 'seaworthy-test/built', tag: String(pid) });
    const found = await findDeadTests(engine);
    await expect(removeCopy(engine, dead)).resolves.toMatchObject({ images: 1 });
    expect(found).toContain(dead);
    expect(PROJECTS.filter((project) => found.includes(project))).toEqual([]);
  });

  it('can be removed again after it is gone', async () => {
    await removeCopy(engine, MAIN);
    await expect(removeCopy(engine, MAIN)).resolves.toEqual({ containers: 0, networks: 0, volumes: 0, images: 0 });
  });

  it('keeps an image that somebody has tagged', async () => {
    for (const project of PROJECTS) await removeCopy(engine, project);
    await docker.getImage(image).tag({ repo: 'seaworthy-test/kept', tag: 'mine' });
    await expect(removeImages(engine, [image])).resolves.toEqual({ removed: 0, kept: ['seaworthy-test/kept:mine'] });
    await docker.getImage('seaworthy-test/kept:mine').remove({ noprune: true });
  });

  it('keeps images that are current, and all of them while a test of the same clone runs', async () => {
    for (const project of PROJECTS) await removeCopy(engine, project);
    const root = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    const clone = mainInstance(root, { SEAWORTHY_PROJECT: MAIN });
    const lock = takeLock(join(clone.sharedDir, 'test.lock'), 'npm test');
    new OwnImages(clone).add(image);
    const isLeft = async (): Promise<boolean> => (await docker.listImages()).some(({ Id }) => Id === image);
    await removeOutdated(engine, clone, []);
    expect(await isLeft()).toBe(true);
    if (lock.release) lock.release();
    await removeOutdated(engine, clone, [image]);
    expect(await isLeft()).toBe(true);
    await removeOutdated(engine, clone, []);
    expect(await isLeft()).toBe(false);
    rmSync(root, { recursive: true });
  });

  it('keeps an image that a container of somebody else still needs', async () => {
    await expect(removeImages(engine, [image])).resolves.toEqual({ removed: 0, kept: [image.slice(0, 19)] });
    for (const project of PROJECTS) await removeCopy(engine, project);
    await expect(removeImages(engine, [image])).resolves.toEqual({ removed: 1, kept: [] });
    await expect(removeImages(engine, [image])).resolves.toEqual({ removed: 0, kept: [] });
  });
});

/** A service and a job's container, a network, a volume with data and one of a job. */
async function populate(docker: Docker, project: string, image: string): Promise<void> {
  const own = { [OWNER_LABEL]: project };
  await docker.createNetwork({ Name: `${project}_edge`, Internal: true, Labels: own });
  await docker.createVolume({ Name: `${project}_postgres-data`, Labels: { ...own, 'com.docker.compose.volume': 'postgres-data' } });
  await docker.createVolume({ Name: `${project}.job`, Labels: own });
  await docker.createContainer({
    name: `${project}-edge-1`,
    Image: image,
    Cmd: ['/none'],
    Labels: { ...own, 'com.docker.compose.service': 'edge' },
  });
  await docker.createContainer({ name: `${project}.job`, Image: image, Cmd: ['/none'], Labels: own });
}

async function volumes(docker: Docker, project: string): Promise<string[]> {
  const { Volumes: found } = await docker.listVolumes({ filters: { label: [`${OWNER_LABEL}=${project}`] } });
  return (found ?? []).map(({ Name }) => Name).toSorted();
}

/** `builder`: whose label it carries, as one that a test built with the engine itself */
async function emptyImage(docker: Docker, builder?: string): Promise<string> {
  const tar = pack();
  tar.entry({ name: 'empty', type: 'directory' });
  tar.finalize();
  const answer = await text(
    await docker.importImage(Readable.from(tar), builder === undefined ? {} : { changes: `LABEL ${OWNER_LABEL}=${builder}` }),
  );
  const id = /sha256:[0-9a-f]{64}/.exec(answer)?.[0];
  if (!id) throw new Error(`expected the id of an image, found ${answer}`);
  return id;
}
