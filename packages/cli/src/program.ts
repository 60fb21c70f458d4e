import { Command } from 'commander';
import summaries from '../commands.json' with { type: 'json' };
import { EXIT } from './errors.ts';

/** Each command lives in `commands/<name>.ts` and is loaded only when it is the one that was asked for. */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('seaworthy')
    .usage('<command> [words] [options]   (npm run <command>; options after --)')
    .description(
      'A reference platform for secure microservices in containers: each control is proved by a test, or by an attack that fails because of it.',
    )
    .option('--verbose', 'show where an error comes from')
    .addHelpText('after', EPILOGUE)
    .showHelpAfterError('(npm run help shows all commands)')
    .exitOverride();
  const asked = args.filter((word) => !word.startsWith('-')).find((word) => word !== 'help');
  for (const [name, summary] of Object.entries(summaries)) {
    if (name === asked) {
      // oxlint-disable-next-line no-unsanitized/method -- only names of commands.json come here
      const module = (await import(`./commands/${name}.ts`)) as { register(program: Command): void };
      module.register(program);
    } else {
      program.command(name).description(summary);
    }
  }
  for (const command of program.commands) if (command.name() === asked) inherit(command, program);
  return program;
}

/** Commander copies these settings only to commands that it creates after they are set, and only one level deep. */
function inherit(command: Command, from: Command): void {
  command.copyInheritedSettings(from);
  if (!command.options.some((option) => option.long === '--verbose')) command.option('--verbose', 'show where an error comes from');
  for (const inner of command.commands) inherit(inner, command);
}

const EPILOGUE = `
Examples:
  npm start                              build, verify and run everything
  npm run drill list                     the attacks that can be tried
  npm run drill prove unsigned-image     the same attack with its control gone
  npm run images update node             look for fixes in the distribution
  npm run doctor                         what is missing on this machine

Exit codes: ${Object.entries(EXIT)
  .map(([name, code]) => `${code} ${name}`)
  .join(', ')}.`;
