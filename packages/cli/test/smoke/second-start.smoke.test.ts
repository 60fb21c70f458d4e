import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OWNER_LABEL, RELEASE_TAG } from '@seaworthy/contracts';
import Docker from 'dockerode';
import { runCommand } from '../../src/host/command.ts';
import { findEngine } from '../../src/host/engine/engine.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { listContainers } from '../../src/host/platform-objects.ts';
import { PlatformAccess } from '../../src/platform/access.ts';
import { ask, instance } from './ask.ts';
import { clone, engineObjects, host } from './inventory.ts';

const START = ['--disable-warning=ExperimentalWarning', join(REPOSITORY, 'packages/cli/src/main.ts'), 'start'];

/** All that a second start has to leave as it is. */
const inventory = async () => ({ engine: await engineObjects(), clone: clone(), host: host() });

async function ownEngine() {
  const { engine } = await findEngine();
  if (!engine) throw new Error('expected an engine, found none; run npm run doctor');
  return engine;
}

/** Services of compose of which a container was made or started since then, seconds since 1970. */
async function startedSince(since: number): Promise<string[]> {
  const docker = new Docker({ socketPath: (await ownEngine()).socketPath });
  const events = await docker.getEvents({
    since,
    until: Math.floor(Date.now() / 1000),
    filters: { type: ['container'], event: ['create', 'start'], label: [`${OWNER_LABEL}=${instance.project}`] },
  });
  const lines = (await text(events)).split('\n').filter((line) => line !== '');
  const attributes = lines.map((line) => (JSON.parse(line) as { Actor: { Attributes: Record<string, string> } }).Actor.Attributes);
  return attributes.flatMap((one) => one['com.docker.compose.service'] ?? []);
}

async function runningContainers(): Promise<string[]> {
  const engine = await ownEngine();
  const containers = await listContainers(engine, instance.project);
  return containers.filter(({ state }) => state === 'running').map(({ id }) => id);
}

describe('npm start, when the platform runs already', () => {
  let before: string[];
  let after: string[];
  let code: number;
  let output: string;
  let found: Awaited<ReturnType<typeof inventory>>;
  let left: Awaited<ReturnType<typeof inventory>>;
  let started: string[];
  let access: PlatformAccess;
  beforeAll(async () => {
    const since = Math.floor(Date.now() / 1000);
    access = new PlatformAccess(instance);
    before = await runningContainers();
    found = await inventory();
    const said = await runCommand(process.execPath, START, { cwd: REPOSITORY, env: { ...process.env, NODE_OPTIONS: '' } });
    code = said.code;
    output = said.stdout + said.stderr;
    left = await inventory();
    started = await startedSince(since);
    after = await runningContainers();
  });
  afterAll(async () => {
    await access?.close();
  });

  it('leaves every container as it is', () => {
    expect(code).toBe(0);
    expect(before.length).toBeGreaterThan(0);
    expect(after.toSorted()).toEqual(before.toSorted());
  });

  it('runs nothing again that has ended, such as the making of a database or its migration', () => {
    expect(started).toEqual([]);
  });

  it('makes, changes and removes none of its images, volumes and networks', () => {
    expect(Object.keys(found.engine)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^image /), expect.stringMatching(/^volume /), expect.stringMatching(/^network /)]),
    );
    expect(left.engine).toEqual(found.engine);
  });

  it('changes no file of its own but its logs, and nothing that git knows', () => {
    expect(Object.keys(found.clone)).toEqual(
      expect.arrayContaining(['.env', '.git/config', '.seaworthy/state.json', '.seaworthy/ca/root.key']),
    );
    expect(left.clone).toEqual(found.clone);
  });

  it('leaves alone how the engine works, whom this machine trusts, and how git works for its user', () => {
    expect(left.host).toEqual(found.host);
  });

  it('says where everything is, and there it answers, vouched for by the platform’s root', async () => {
    for (const port of Object.values(instance.ports)) expect(output).toContain(`https://localhost:${port}`);
    const addresses = [...output.matchAll(/https:\/\/localhost:(\d+)(\/\S*)/g)].map(([, port, path = '']) => ({
      port: Number(port),
      path,
    }));
    const failing = await Promise.all(addresses.map(async ({ port, path }) => ({ port, path, status: (await ask(port, path)).status })));
    expect(failing.filter(({ status }) => status >= 500)).toEqual([]);
  });

  it('says which releases run: those that the registry has', async () => {
    const registry = access.registry(access.workload('deploy'));
    const digests = [...output.matchAll(/ replicas of (release\/\w+)@(\S{19})/g)].map(([, repository = '', digest]) => ({
      repository,
      digest,
    }));
    expect(digests.map(({ repository }) => repository)).toEqual(['release/catalog', 'release/orders', 'release/payments']);
    for (const { repository, digest } of digests)
      expect({ repository, digest }).toEqual({ repository, digest: (await registry.resolve(repository, RELEASE_TAG)).digest.slice(0, 19) });
  });

  it('says which commit runs, and that it was verified', async () => {
    const { stdout: head } = await runCommand('git', ['-C', REPOSITORY, 'rev-parse', 'HEAD']);
    expect(output).toContain(`commit    ${head.slice(0, 12)}`);
    expect(output).toContain('verified before anything was downloaded');
  });

  it('shows an attack that is refused, for its reason, and how to see it succeed', () => {
    expect(output).toContain('SIGNATURE_MISSING');
    expect(output).toMatch(/blobs downloaded, by the registry's own log: 0$/m);
    expect(output).toContain('npm run drill prove unsigned-image');
  });
});
