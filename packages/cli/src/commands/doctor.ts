import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { examineEverything } from '../host/examine.ts';
import type { Finding } from '../host/findings/finding.ts';
import { table } from '../ui/table.ts';

const MARKS = { ok: '✓', warning: '!', error: '✗' } as const;

export function register(program: Command): void {
  program
    .command('doctor')
    .description(
      'what this machine has, what is missing, and how to mend it; changes nothing of it, but installs the dependencies in a fresh clone',
    )
    .option('--json', 'one object a line')
    .action(async ({ json }: { json?: boolean }) => {
      const findings = await examineEverything();
      for (const line of json ? findings.map((finding) => JSON.stringify(finding)) : describe(findings)) console.log(line);
      process.exitCode = findings.some(({ level }) => level === 'error') ? EXIT.failed : EXIT.ok;
    });
}

function describe(findings: readonly Finding[]): string[] {
  const remedies = findings.flatMap(({ id, level, expected, remedy }) =>
    remedy ? [``, `${MARKS[level]} ${id}: expected ${expected}`, `  do ${remedy.replaceAll('\n', '\n     ')}`] : [],
  );
  const errors = findings.filter(({ level }) => level === 'error').length;
  const verdict = errors === 0 ? 'Ready: npm start' : `${errors} thing(s) to mend before npm start can work.`;
  return [table(findings.map(({ id, level, found }) => [MARKS[level], id, found])), ...remedies, '', verdict];
}
