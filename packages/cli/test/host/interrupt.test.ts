import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const SOURCE = join(import.meta.dirname, '../../src/host');
/** As apt-get does: Ctrl-C is not for it now, and the program that it has started knows nothing of Ctrl-C. */
const CHANGE = `trap : INT; echo begun; sh -c 'while [ ! -e go ]; do sleep 0.05; done; touch done'`;
const PROGRAM = `
  import { runCommand } from ${JSON.stringify(join(SOURCE, 'command.ts'))};
  import { listenForInterrupts } from ${JSON.stringify(join(SOURCE, 'interrupt.ts'))};
  listenForInterrupts();
  await runCommand('sh', ['-c', ${JSON.stringify(CHANGE)}], { finish: true, onLine: (line) => console.log(line) });
`;

describe('Ctrl-C', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-interrupt-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('waits for what changes the machine, and does not reach it: no package is left half-installed', async () => {
    const command = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', PROGRAM], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '' },
      detached: true, // a process group of its own, as a terminal gives it
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(command, 'exit');
    await once(createInterface({ input: command.stdout }), 'line');
    process.kill(-(command.pid ?? 0), 'SIGINT'); // a terminal's Ctrl-C is for the whole group
    await once(command.stderr, 'data'); // "Interrupted"
    writeFileSync(join(folder, 'go'), '');
    expect(await ended).toEqual([130, null]);
    expect(existsSync(join(folder, 'done'))).toBe(true);
  });
});
