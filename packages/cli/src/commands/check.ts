import type { Command } from 'commander';
import { runChecks } from '../quality/checks.ts';
import { showResult } from '../quality/tally.ts';
import { createProgress } from '../ui/progress.ts';

export function register(program: Command): void {
  program
    .command('check')
    .description('types, lint with security rules, format, unused code, undeclared imports; what did not change is not checked again')
    .action(async () => {
      process.exitCode = showResult(await runChecks(createProgress()));
    });
}
