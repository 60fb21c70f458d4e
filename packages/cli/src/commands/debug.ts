import type { Command } from 'commander';
import { DebugSession, type DebugAddresses } from '../debug/debug-session.ts';
import { EXIT, UserError } from '../errors.ts';
import { findEngine } from '../host/engine/engine.ts';
import { interrupted, onInterrupt } from '../host/interrupt.ts';
import { REPOSITORY, statePath } from '../host/paths.ts';
import { withRunLock } from '../host/run-lock.ts';
import { mainInstance } from '../instance.ts';
import { createProgress } from '../ui/progress.ts';
import { shellWord } from '../ui/shell-word.ts';
import { section } from '../ui/table.ts';

interface Options {
  readonly inspectBrk?: boolean;
}

export function register(program: Command): void {
  program
    .command('debug')
    .description('attach debugger and tools to a copy of a running replica, never to the replica')
    .argument('<replica>', 'as npm run status names it, such as catalog-1')
    .option('--inspect-brk', 'wait for a debugger before the first line')
    .addHelpText('after', DETAILS)
    .action(async (replica: string, { inspectBrk = false }: Options) =>
      withRunLock('npm run debug', async () => debug(replica, inspectBrk), statePath('debug.lock')),
    );
}

const DETAILS = `
Example:
  npm run debug catalog-1

The copy runs the same image id with the same variables and limits, without any network and with throw-away secrets: it lives, and is
not ready, because its stores are out of reach. The replica goes on serving. Ctrl-C removes the copy and its tools.`;

async function debug(wanted: string, breakAtStart: boolean): Promise<void> {
  const progress = createProgress();
  const { engine } = await findEngine();
  if (!engine) throw new UserError({ code: 'NOT_RUNNING', message: 'No container engine answers: nothing runs', remedy: 'npm start' });
  const session = new DebugSession({ main: mainInstance(REPOSITORY), engine, wanted, breakAtStart, progress });
  const forget = onInterrupt(async () => session.stop());
  try {
    progress.line(`\n${describe(await session.start())}\n`);
    const code = await session.ended();
    if (interrupted.aborted) await new Promise(() => undefined); // the interruption ends the process when everything is removed
    progress.line(`The copy ended with ${code}.`);
    process.exitCode = code === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    if (!interrupted.aborted) {
      forget();
      await session.stop();
    }
  }
}

function describe({ replica, toolbox, debugPort, port, rootFile }: DebugAddresses): string {
  const facts = [
    ['debugger', `127.0.0.1:${debugPort} (VS Code: "Attach to a copy"; or: node inspect 127.0.0.1:${debugPort})`],
    ['tools', `docker exec -it ${toolbox} sh (the copy's processes; its files below /proc/1/root)`],
    ['address', `curl --cacert ${shellWord(rootFile)} https://localhost:${port}/health/live`],
    ['stacks', 'its code is the shipped bundle: npm run trace leads the places of a stack trace back to the source'],
  ];
  return `${section(`A copy of ${replica}`, facts)}\n\nCtrl-C removes the copy and its tools; ${replica} itself goes on and knows nothing of it.`;
}
