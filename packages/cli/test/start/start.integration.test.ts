import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testProject } from '@seaworthy/contracts';
import { freePort } from '../../src/develop/free-port.ts';
import { RunningCommand } from '../develop/running-command.ts';
import { WorkingTree } from '../develop/working-tree.fixture.ts';

/** An engine that was chosen and does not answer: no start gets any further than there. */
const NO_ENGINE = { DOCKER_HOST: 'unix:///nonexistent/engine.sock', SEAWORTHY_PROJECT: testProject('start', process.pid) };
const PORTS = ['EDGE', 'REGISTRY', 'IDENTITY', 'PIPELINE', 'GATEKEEPER', 'FLEET'];

describe('npm start, on a copy of the working tree', () => {
  let tree: WorkingTree;
  let taken: Server;
  const free: Record<string, string> = {};
  beforeAll(async () => {
    tree = new WorkingTree();
    writeFileSync(join(tree.root, '.gitignore'), '.seaworthy\nnode_modules\n');
    git('init', '--quiet');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.test', '-c', 'commit.gpgsign=false', 'commit', '--quiet', '-m', 'First');
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    for (const name of PORTS) free[`SEAWORTHY_${name}_PORT`] = String(await freePort());
  });
  afterAll(() => {
    taken.close();
    tree.remove();
  });

  const git = (...words: string[]): string => execFileSync('git', ['-C', tree.root, ...words], { encoding: 'utf8' });
  const start = (env: Readonly<Record<string, string>> = {}): RunningCommand =>
    new RunningCommand(tree.root, ['start'], { ...NO_ENGINE, ...free, ...env });
  const left = (): string[] => globSync('.seaworthy/*', { cwd: tree.root }).toSorted();

  it('stops on what is not as it must be, with one message, before anything is changed', async () => {
    const [{ port }, before] = [taken.address() as AddressInfo, left()];
    const command = start({ SEAWORTHY_EDGE_PORT: String(port) });
    expect(await command.exited).toBe(78);
    expect(command.output.match(/✗/g)).toHaveLength(1);
    expect(command.output).toContain(`✗ port ${port}: not as it must be`);
    expect(command.output).toContain('do       stop it, or choose another port: SEAWORTHY_EDGE_PORT=<port> npm start');
    expect(command.output).not.toContain('working-tree');
    expect(left()).toEqual(before);
    expect(git('status', '--porcelain')).toBe('');
  });

  it('warns of what is not committed, which it does not build, and goes on', async () => {
    writeFileSync(join(tree.root, 'apps/new.ts'), '');
    const command = start();
    expect(await command.exited).toBe(69); // no engine answers, which is found out later
    const commit = git('rev-parse', 'HEAD').slice(0, 12);
    expect(command.output).toContain(
      `! working-tree: 1 changed or new file; only commit ${commit} is built; git commit what should be in it\n`,
    );
  });
});
