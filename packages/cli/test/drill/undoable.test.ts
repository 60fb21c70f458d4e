import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { undoable, whole } from '../../src/drill/undoable.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

/** A drill that restarts a store, on an engine that says what it is asked for. */
const RESTART = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { restartContainer } from ${JSON.stringify(join(REPOSITORY, 'packages/drills/src/restart-container.ts'))};
  import { undoable } from ${JSON.stringify(join(REPOSITORY, 'packages/cli/src/drill/undoable.ts'))};
  import { listenForInterrupts } from ${JSON.stringify(join(REPOSITORY, 'packages/cli/src/host/interrupt.ts'))};
  listenForInterrupts();
  const container = {
    stop: async () => { console.log('stopping'); await sleep(200); console.log('stopped'); },
    start: async () => { await sleep(50); console.log('started'); },
  };
  const docker = { listContainers: async () => [{ Id: 'a', State: 'running' }], getContainer: () => container };
  for (const store of ['postgres', 'nats']) await restartContainer({ project: 'p', docker, undoable }, store, 600_000);
`;

describe('what a drill changes', () => {
  it.each(['stopping', 'stopped'])('is undone after Ctrl-C, and nothing more is changed: a store that is %s is started', async (moment) => {
    const words = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', RESTART];
    const drill = spawn(process.execPath, words, { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(drill, 'close');
    const lines: string[] = [];
    createInterface({ input: drill.stdout }).on('line', (line) => {
      lines.push(line);
      if (line === moment) drill.kill('SIGINT');
    });
    expect(await ended).toEqual([130, null]);
    expect(lines).toEqual(['stopping', 'stopped', 'started']);
  });

  it('is undone once', async () => {
    const done: string[] = [];
    const undo = await undoable(
      async () => done.push('changed'),
      async () => done.push('undone'),
    );
    await Promise.all([undo(), undo()]);
    expect(done).toEqual(['changed', 'undone']);
  });

  it('is undone when the change failed, and that is what is told', async () => {
    const done: string[] = [];
    const changing = undoable(
      async () => Promise.reject(new Error('half of it')),
      async () => Promise.reject(new Error(`not undone: ${done.push('undone')}`)),
    );
    await expect(changing).rejects.toThrow('half of it');
    expect(done).toEqual(['undone']);
  });

  it('is told as it came out when it had to be whole', async () => {
    expect(await whole(Promise.resolve('rolled out'))).toBe('rolled out');
    await expect(whole(Promise.reject(new Error('not ready')))).rejects.toThrow('not ready');
  });
});
