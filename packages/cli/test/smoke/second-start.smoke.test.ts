import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../src/host/command.ts';
import { findEngine } from '../../src/host/engine/engine.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { listContainers } from '../../src/host/platform-objects.ts';
import { instance } from './ask.ts';

const START = ['--disable-warning=ExperimentalWarning', join(REPOSITORY, 'packages/cli/src/main.ts'), 'start'];

async function runningContainers(): Promise<string[]> {
  const { engine } = await findEngine();
  if (!engine) throw new Error('expected an engine, found none; run npm run doctor');
  const containers = await listContainers(engine, instance.project);
  return containers.filter(({ state }) => state === 'running').map(({ id }) => id);
}

describe('npm start, when the platform runs already', () => {
  let before: string[];
  let after: string[];
  let code: number;
  let output: string;
  beforeAll(async () => {
    before = await runningContainers();
    const said = await runCommand(process.execPath, START, { cwd: REPOSITORY, env: { ...process.env, NODE_OPTIONS: '' } });
    code = said.code;
    output = said.stdout + said.stderr;
    after = await runningContainers();
  });

  it('leaves every container as it is', () => {
    expect(code).toBe(0);
    expect(before.length).toBeGreaterThan(0);
    expect(after.toSorted()).toEqual(before.toSorted());
  });

  it('says where everything is', () => {
    for (const port of Object.values(instance.ports)) expect(output).toContain(`https://localhost:${port}`);
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
