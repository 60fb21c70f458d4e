import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SOURCE = join(import.meta.dirname, '../../src');
/** A terminal as programs see it, on pipes: raw, so that Ctrl-C and Ctrl-D come as the characters that they are. */
const BEGINNING = `
  import { listenForInterrupts } from ${JSON.stringify(join(SOURCE, 'host/interrupt.ts'))};
  import { agree, askUser } from ${JSON.stringify(join(SOURCE, 'ui/agree.ts'))};
  for (const stream of [process.stdin, process.stderr]) stream.isTTY = true;
  process.stdin.setRawMode = () => process.stdin;
  listenForInterrupts();
`;
const proposal = `{ why: 'Why.', changes: ['this'], unasked: 'Nobody is there.', otherwise: '' }, { line: console.log }`;

describe('consent, in a terminal', () => {
  it('is a yes, typed, and nothing else', async () => {
    const [yes, no] = [
      ['y', 'yes', 'Y', ' YES '],
      ['', 'n', 'no', 'yo', 'yes please'],
    ];
    const typed = [...[...yes, ...no].map((line) => `${line}\r`), '\u0004'];
    const { told } = await run(`for (let left = ${typed.length}; left > 0; left -= 1) console.log(await askUser('Go on?'))`, typed);
    expect(told.trim().split('\n')).toEqual([...yes.map(() => 'true'), ...no.map(() => 'false'), 'false']);
  });

  it('is asked for after it is said what will change; nothing does without it', async () => {
    const program = `await agree(${proposal}).catch(({ code }) => console.log(code))`;
    const { told, asked } = await run(program, ['\r']);
    expect(told).toBe('\nWhy. To go on, this will change on this machine:\n  - this\nDECLINED\n');
    expect(asked).toContain('Go on? [y/N] ');
  });

  it('is not given with Ctrl-C, which ends the command', async () => {
    const { code, told, asked } = await run(`console.log(await askUser('Go on?'))`, ['\u0003']);
    expect(code).toBe(130);
    expect(asked).toContain('Interrupted');
    expect(told).toBe('');
  });
});

describe('consent, where nobody can be asked', () => {
  it('is taken for granted, and that is said', async () => {
    const { told, asked } = await run(`
      process.env.CI = '1'; // a build machine's
      await agree(${proposal});
      process.env.CI = '';
      process.stdin.isTTY = false;
      await agree(${proposal});
      [process.stdin.isTTY, process.stderr.isTTY] = [true, false];
      await agree(${proposal});
    `);
    expect(told.match(/Nobody is there\./g)).toHaveLength(3);
    expect(asked).toBe('');
  });
});

interface Outcome {
  readonly code: number | null;
  /** what the program itself has to say */
  readonly told: string;
  /** what stands in the terminal */
  readonly asked: string;
}

/** `typed`: one after another, each when there is one more question; a question too many ends the terminal */
async function run(program: string, typed: readonly string[] = []): Promise<Outcome> {
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', `${BEGINNING}${program}; process.exit();`];
  const command = spawn(process.execPath, flags, { env: { ...process.env, CI: '', NODE_OPTIONS: '' } });
  let [told, asked, answered] = ['', '', 0];
  command.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
  command.stderr.on('data', (chunk: Buffer) => {
    asked += chunk.toString();
    const questions = asked.split('[y/N]').length - 1;
    const answer = typed[answered];
    if (questions > answered && answer !== undefined) command.stdin.write(answer);
    if (questions > typed.length) command.stdin.end();
    answered = questions;
  });
  const [code] = (await once(command, 'close')) as [number | null];
  return { code, told, asked };
}
