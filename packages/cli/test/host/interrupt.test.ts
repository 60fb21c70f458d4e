import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const SOURCE = join(import.meta.dirname, '../../src/host');
const FLAGS = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval'];
const IMPORTS = `
  import { appendFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { runCommand } from ${JSON.stringify(join(SOURCE, 'command.ts'))};
  import { endProcess, interrupted, listenForInterrupts, onInterrupt } from ${JSON.stringify(join(SOURCE, 'interrupt.ts'))};
`;
/** As apt-get does: Ctrl-C is not for it now, and the program that it has started knows nothing of Ctrl-C. */
const CHANGE = `trap : INT; echo begun; sh -c 'while [ ! -e go ]; do sleep 0.05; done; touch done'`;
const FINISHING = `${IMPORTS}
  listenForInterrupts();
  await runCommand('sh', ['-c', ${JSON.stringify(CHANGE)}], { finish: true, onLine: (line) => console.log(line) });
`;
/** What it undoes takes until so many signals have come. They are the same for `echoMs` after the first. */
const undoing = (signals: number, echoMs: number): string => `${IMPORTS}
  let heard = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (heard += 1));
  listenForInterrupts(${echoMs});
  onInterrupt(async () => {
    while (heard < ${signals}) await sleep(20);
    console.log('going on');
    await sleep(100);
    appendFileSync('done', 'undone ');
  });
  setInterval(() => {}, 1000);
  interrupted.addEventListener('abort', () => void endProcess(1)); // its work ends at once
  appendFileSync('pid', String(process.pid));
  console.log('begun');
`;
/** Work that goes on while something is undone, and begins something more. */
const GOING_ON = `${IMPORTS}
  listenForInterrupts();
  onInterrupt(async () => {
    const forget = onInterrupt(async () => { await sleep(50); appendFileSync('done', 'later '); });
    forget(); // its end may come as well
    await sleep(50);
    appendFileSync('done', 'undone ');
  });
  setInterval(() => {}, 1000);
  console.log('begun');
`;
/** As npm test does: another command of the project, in the same process group. */
const STARTING = `${IMPORTS}
  listenForInterrupts();
  const { code } = await runCommand(process.execPath, ${JSON.stringify([...FLAGS, undoing(2, 0)])}, { undoes: true, onLine: (line) => console.log(line) });
  appendFileSync('done', 'went on after ' + code);
`;
const ECHO_MS = 600_000;

describe('Ctrl-C', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-interrupt-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (program: string): Promise<ChildProcessByStdio<null, Readable, Readable>> => {
    const command = spawn(process.execPath, [...FLAGS, program], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '' },
      detached: true, // a process group of its own, as a terminal gives it
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(createInterface({ input: command.stdout }), 'line');
    return command;
  };
  /** For the whole group, as a terminal's. */
  const signal = ({ pid = 0 }: { pid?: number | undefined }, name: NodeJS.Signals): boolean => process.kill(-pid, name);
  const done = (): string => readFileSync(join(folder, 'done'), 'utf8');

  it('waits for what changes the machine, and does not reach it: no package is left half-installed', async () => {
    const command = await run(FINISHING);
    const ended = once(command, 'exit');
    signal(command, 'SIGINT');
    await once(command.stderr, 'data'); // "Interrupted"
    writeFileSync(join(folder, 'go'), '');
    expect(await ended).toEqual([130, null]);
    expect(existsSync(join(folder, 'done'))).toBe(true);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('undoes what was begun, once, when %s is passed on as well', async (name) => {
    const command = await run(undoing(2, ECHO_MS));
    const ended = once(command, 'exit');
    signal(command, name);
    await once(command.stderr, 'data');
    signal(command, name);
    expect(await ended).toEqual([130, null]);
    expect(done()).toBe('undone ');
  });

  it('undoes what was begun when nobody is there any more to read of it', async () => {
    const command = await run(undoing(1, ECHO_MS));
    const ended = once(command, 'exit');
    command.stderr.destroy();
    command.stdout.destroy();
    signal(command, 'SIGHUP');
    expect(await ended).toEqual([130, null]);
    expect(done()).toBe('undone ');
  });

  it('undoes what is begun meanwhile, too', async () => {
    const command = await run(GOING_ON);
    const ended = once(command, 'exit');
    signal(command, 'SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(done()).toBe('undone later ');
  });

  it('ends at once when it comes again after a while', async () => {
    const command = await run(undoing(3, 0));
    const ended = once(command, 'exit');
    signal(command, 'SIGINT');
    await once(command.stderr, 'data');
    signal(command, 'SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(existsSync(join(folder, 'done'))).toBe(false);
  });

  it('waits for another command of the project that was started, and begins nothing after it', async () => {
    const command = await run(STARTING);
    const ended = once(command, 'exit');
    // for both, one after the other: of two signals that wait together for one process, any may be heard first
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGINT');
    await once(command.stdout, 'data'); // the other's "Interrupted"
    command.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(done()).toBe('undone ');
  });
});
