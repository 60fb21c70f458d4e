import { createInterface } from 'node:readline/promises';
import { interrupted, isInterrupt } from '../host/interrupt.ts';

/** Whether somebody is there to answer. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY && !process.env['CI'];
}

/** A question with `no` as its answer when nothing is typed. Ask only when {@link hasTerminal}. */
export async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // in raw mode readline takes Ctrl-C for itself: hand it on
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const answer = await terminal.question(`${question} [y/N] `, { signal: interrupted });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (isInterrupt(error)) throw error;
    return false; // Ctrl-D, which types nothing
  } finally {
    terminal.close();
  }
}
