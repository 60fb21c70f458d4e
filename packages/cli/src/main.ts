import { CommanderError } from 'commander';
import { EXIT } from './errors.ts';
import { endProcess, listenForInterrupts } from './host/interrupt.ts';
import { listenForReaders } from './host/readers.ts';
import { createProgram } from './program.ts';
import { reportError } from './ui/report.ts';

async function run(args: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(args);
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error);
  }
}

// of a stream that nobody waits for: a full disk, a connection that broke
process.on('uncaughtException', (error) => void endProcess(reportError(error)));
listenForInterrupts();
listenForReaders((error) => void endProcess(reportError(error)));
// not only the exit code: a connection that a command left open must not hold the shell
await endProcess(await run(process.argv.slice(2)));
