import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { OwnImages } from '@seaworthy/images';
import { engine } from '@seaworthy/testing';
import { pack } from 'tar-stream';
import { processStart, takeLock } from '../../bin/process-lock.mjs';
import { cloneLabels } from '../../src/engine/clone-labels.ts';
import { writeCloneEnvironment } from '../../src/host/clone-environment.ts';
import { recordChange, type HostRecord } from '../../src/host/host-record.ts';
import { mainInstance, type Instance } from '../../src/instance.ts';
import { RunningCommand } from '../develop/running-command.ts';
import { WorkingTree } from '../develop/working-tree.fixture.ts';

jest.setTimeout(120_000);

const PROJECT = testProject('clean', process.pid);

describe('npm run clean, on a copy of the working tree', () => {
  let tree: WorkingTree;
  let instance: Instance;
  let changed: HostChanges | undefined;
  beforeAll(async () => {
    tree = new WorkingTree();
    instance = mainInstance(tree.root, { SEAWORTHY_PROJECT: PROJECT });
    rmSync(join(tree.root, '.seaworthy/loaded-images')); // a link to the repository's own, whose images others use
    new OwnImages(instance).add(`sha256:${'0'.repeat(64)}`);
    writeCloneEnvironment(tree.root, []);
    await engine.createVolume({ Name: `${PROJECT}_data`, Labels: { [OWNER_LABEL]: PROJECT, ...cloneLabels(instance) } });
  });
  afterAll(() => {
    tree.remove();
    changed?.end();
  });

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

  it('removes all of it where one answers, undoes what was changed outside of the clone, and says so', async () => {
    const image = await importImage();
    new OwnImages(instance).add(image);
    changed = changeHost(tree.root);
    const command = clean({ PATH: `${changed.folder}:${process.env['PATH'] ?? ''}` });
    expect(await command.exited).toBe(0);

    expect(existsSync(join(tree.root, '.seaworthy'))).toBe(false);
    await expect(volumes()).resolves.toBe(0);
    await expect(engine.getImage(image).inspect()).rejects.toMatchObject({ statusCode: 404 });
    expect(readFileSync(changed.certutil, 'utf8')).toContain(` -D -n ${changed.name}\n`);
    expect(lstatSync(changed.composePlugin, { throwIfNoEntry: false })).toBeUndefined();
    expect(processStart(changed.pid)).toBeUndefined();

    for (const line of [
      `✓ took the root certificate out of ${changed.folder}`,
      `✓ removed ${changed.composePlugin}`,
      '✓ stopped the container engine that npm start had started',
      'remove with: apt-get purge --autoremove iptables',
    ])
      expect(command.output).toContain(line);
    expect(command.output).toMatch(/✓ Removing images \(.*\) · 1 removed/);
  });
});

/** An image that nobody else has or knows. */
async function importImage(): Promise<string> {
  const tar = pack();
  tar.entry({ name: PROJECT }, PROJECT);
  tar.finalize();
  const answer = await text(await engine.importImage(Readable.from(tar)));
  return /sha256:[0-9a-f]{64}/.exec(answer)?.[0] ?? '';
}

interface HostChanges {
  readonly folder: string;
  readonly composePlugin: string;
  /** what the played certutil was told */
  readonly certutil: string;
  /** of the root in the trust store */
  readonly name: string;
  /** of the played engine */
  readonly pid: number;
  readonly end: () => void;
}

/** Plays what starts and `npm run trust` of the clone at `root` changed on the machine, in a folder, and notes it as they do. */
function changeHost(root: string): HostChanges {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-changed-'));
  const [name, certutil, composePlugin] = [`seaworthy-${process.pid}`, join(folder, 'certutil.log'), join(folder, 'docker-compose')];
  writeFileSync(join(folder, 'cert9.db'), '');
  writeFileSync(join(folder, 'certutil'), `#!/bin/sh\necho " $*" >> '${certutil}'\n`, { mode: 0o755 });
  symlinkSync(join(root, '.seaworthy/bin/docker-compose'), composePlugin);
  const sleep = spawn('sleep', ['300'], { stdio: 'ignore' });
  const pid = sleep.pid ?? 0;
  const record: HostRecord = {
    packages: ['iptables'],
    engine: { pid, started: processStart(pid) ?? '' },
    composePlugin,
    trust: [{ store: { kind: 'nss', path: folder }, name, certificate: join(root, '.seaworthy/trust/root.pem') }],
  };
  recordChange(record, join(root, '.seaworthy/host.json'));
  const end = (): void => {
    sleep.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  };
  return { folder, composePlugin, certutil, name, pid, end };
}
