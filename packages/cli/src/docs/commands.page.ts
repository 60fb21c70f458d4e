import { globSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import summaries from '../../commands.json' with { type: 'json' };
import { EXIT, EXIT_OF, EXIT_OF_IMAGE_ERROR } from '../errors.ts';
import { REPOSITORY } from '../host/paths.ts';
import { createProgram } from '../program.ts';

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'it did what was asked',
  failed: 'it ran, and something is not as it must be: a test, a drill, a verification failed',
  usage: 'there is no such command, word or option',
  unavailable: 'the engine, the network or a mirror does not answer, or not as it must (`EX_UNAVAILABLE`)',
  busy: 'another command of this clone is running (`EX_TEMPFAIL`)',
  config: 'this machine or this clone is not as it must be (`EX_CONFIG`)',
  interrupted: 'Ctrl-C (128 + SIGINT); or whoever reads what it writes has ended, as `head` does',
};

/** Every command with its help, and what each exit code means. */
export async function commandsPage(): Promise<string> {
  const built = new Set(globSync('packages/cli/src/commands/*.ts', { cwd: REPOSITORY }).map((file) => basename(file, '.ts')));
  const described = await Promise.all(
    Object.keys(summaries)
      .filter((name) => built.has(name))
      .map(describe),
  );
  return `# Commands and exit codes

Words follow the command, options follow \`--\`: \`npm run drill prove unsigned-image\`, \`npm run drill -- --json\`. All of them: \`npm run seaworthy help\`.

| code | meaning | reasons |
|---|---|---|
${Object.entries(EXIT)
  .map(([name, code]) => `| ${code} | ${MEANINGS[name as keyof typeof EXIT]} | ${reasons(code)} |`)
  .join('\n')}

${described.join('\n\n')}`;
}

function reasons(code: number): string {
  return Object.entries({ ...EXIT_OF, ...EXIT_OF_IMAGE_ERROR })
    .filter(([, exitCode]) => exitCode === code)
    .map(([name]) => `\`${name}\``)
    .join(', ');
}

async function describe(name: string): Promise<string> {
  const program = await createProgram([name]);
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) throw new TypeError(`expected a command ${name}, found none`);
  return sections('##', npmName(name), command).join('\n\n');
}

/** The command's help, and below it that of each of its words. */
function sections(level: string, title: string, command: Command): string[] {
  const words = command.commands.flatMap((word) => sections(`${level}#`, `${title} ${word.name()}`, word));
  return [`${level} ${title}`, `\`\`\`\n${help(command)}\n\`\`\``, ...words];
}

/** All that `--help` says, what follows the options included; as wide as a page, whatever the terminal. */
function help(command: Command): string {
  let said = '';
  command
    .configureHelp({ helpWidth: 120 })
    .configureOutput({ writeOut: (text) => (said += text), getOutHasColors: () => false })
    .outputHelp();
  return said.trim();
}

function npmName(name: string): string {
  return ['start', 'stop', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`;
}
