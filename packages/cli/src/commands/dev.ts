import type { Command } from 'commander';
import { chooseServices } from '../develop/services.ts';
import { DevelopmentSession } from '../develop/session.ts';
import { sessionSummary } from '../develop/summary.ts';
import { UserError } from '../errors.ts';
import { interrupted, onInterrupt } from '../host/interrupt.ts';
import { REPOSITORY, statePath } from '../host/paths.ts';
import { whileLocked, withRunLock } from '../host/run-lock.ts';
import { developmentInstance, mainInstance } from '../instance.ts';
import { createProgress } from '../ui/progress.ts';

interface Options {
  readonly inspectBrk?: boolean;
}

export function register(program: Command): void {
  program
    .command('dev')
    .description('run services from the working tree, on loopback: reload on save, debugger, throw-away stores')
    .argument('[services...]', 'names of apps/, or all; without any: all that can run on their own')
    .option('--inspect-brk', 'wait for a debugger before the first line')
    .addHelpText('after', DETAILS)
    .action(async (names: string[], { inspectBrk = false }: Options) =>
      withRunLock('npm run dev', async () => develop(names, inspectBrk), statePath('develop.lock')),
    );
}

const DETAILS = `
Examples:
  npm run dev catalog
  npm run dev orders payments
  npm run dev all
  npm run dev catalog -- --inspect-brk

Everything listens on 127.0.0.1 alone, with certificates of a throw-away authority. PostgreSQL, Valkey and NATS are real, in the project's
own images, with random passwords and keys; they and their data go with Ctrl-C. Whom a service calls comes along, an identity service of
the session among them, whose tokens for sample customers lie in files. Nothing of the released platform is used: no key, no network, no data.`;

async function develop(names: readonly string[], breakAtStart: boolean): Promise<void> {
  const { services, leftOut } = await chooseServices(REPOSITORY, names);
  const progress = createProgress();
  for (const line of leftOut) progress.line(`  left out ${line}`);
  const width = Math.max(...services.map(({ card }) => card.name.length));
  const say = (service: string, text: string): void => {
    for (const line of text.split('\n')) progress.line(`${service.padEnd(width)} | ${line}`);
  };
  const instance = developmentInstance(mainInstance(REPOSITORY));
  const session = new DevelopmentSession({ instance, services, breakAtStart, progress, say });
  const forget = onInterrupt(async () => session.stop());
  try {
    await session.start();
    progress.line(`\n${sessionSummary(session)}\n`);
    await session.storesLost();
    if (interrupted.aborted) await untilEnded();
    await whileLocked(); // two that remove the same containers would get in each other's way
    throw storesGone();
  } finally {
    if (!interrupted.aborted) {
      forget();
      await session.stop();
    }
  }
}

/** The interruption ends the process when everything is removed. */
async function untilEnded(): Promise<never> {
  return new Promise(() => undefined);
}

function storesGone(): UserError {
  return new UserError({
    code: 'FAILED',
    message: 'A throw-away store is gone',
    expected: 'its stores to run until Ctrl-C',
    found: 'one that ended: npm stop and npm run clean remove them, too',
    remedy: 'npm run dev again',
  });
}
