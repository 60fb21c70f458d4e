import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const SOURCE = join(import.meta.dirname, '../../src');
const IMPORTS = `
  import { writeFileSync } from 'node:fs';
  import { Readable } from 'node:stream';
  import { pipeline } from 'node:stream/promises';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { endProcess, listenForInterrupts, onInterrupt } from ${JSON.stringify(join(SOURCE, 'host/interrupt.ts'))};
  import { listenForReaders } from ${JSON.stringify(join(SOURCE, 'host/readers.ts'))};
  import { reportError } from ${JSON.stringify(join(SOURCE, 'ui/report.ts'))};
  process.on('uncaughtException', (error) => void endProcess(reportError(error)));
  listenForInterrupts();
  listenForReaders((error) => void endProcess(reportError(error)));
  onInterrupt(async () => {
    await sleep(50);
    writeFileSync('undone', '');
  });
`;
const talking = (stream: 'stdout' | 'stderr'): string => `${IMPORTS}
  for (;;) {
    process.${stream}.write('a line\\n');
    await sleep(5);
  }
`;
const HEARING = `${IMPORTS}
  const error = await pipeline(Readable.from(Array(1_000).fill('x'.repeat(100_000))), process.stdout).catch((error) => error);
  process.stderr.write('heard of ' + error.code);
  await endProcess(1);
`;
const FAILING = `${IMPORTS}
  process.stdout.destroy(Object.assign(new Error('no room'), { code: 'ENOSPC' }));
  await sleep(600_000);
`;

describe('who reads what a command writes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-readers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Reads a little of a stream, and no more, as `head` does. */
  const read = async (program: string, stream: 'stdout' | 'stderr' | 'none'): Promise<{ code: number; said: string }> => {
    const command = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(command, 'exit');
    const other = stream === 'stderr' ? command.stdout : command.stderr;
    const said = text(other);
    if (stream !== 'none') {
      await once(command[stream], 'data');
      command[stream].destroy();
    }
    const [code] = (await ended) as [number];
    return { code, said: await said };
  };
  const isUndone = (): boolean => existsSync(join(folder, 'undone'));

  it.each(['stdout', 'stderr'] as const)('may end before it: %s. What was begun is undone, without a word', async (stream) => {
    expect(await read(talking(stream), stream)).toEqual({ code: 130, said: '' });
    expect(isUndone()).toBe(true);
  });

  it('is waited for by whoever hears of it himself', async () => {
    expect(await read(HEARING, 'stdout')).toEqual({ code: 1, said: 'heard of EPIPE' });
    expect(isUndone()).toBe(false);
  });

  it('is not to blame for another error', async () => {
    const { code, said } = await read(FAILING, 'none');
    expect({ code, said }).toEqual({ code: 78, said: expect.stringContaining('No space is left on the disk') });
  });

  it('is listened for by the command', () => {
    expect(readFileSync(join(SOURCE, 'main.ts'), 'utf8')).toMatch(/^listenForReaders\(/m);
  });
});
