import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { runChecks } from '../quality/checks.ts';
import { lastLine } from '../quality/tally.ts';
import { createProgress } from '../ui/progress.ts';

export function register(program: Command): void {
  program
    .command('check')
    .description('types, lint with security rules, format, unused code, undeclared imports; what did not change is not checked again')
    .action(async () => {
      const tally = await runChecks(createProgress());
      for (const failure of tally.failures) console.log(`✗ ${failure}`);
      console.log(lastLine(tally));
      process.exitCode = tally.failed === 0 ? EXIT.ok : EXIT.failed;
    });
}
