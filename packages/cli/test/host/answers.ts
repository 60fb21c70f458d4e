import type { CommandResult, CommandRunner } from '../../src/host/command.ts';

/** Answers by the beginning of the command line, the longest one that fits; what is not named does not exist (127). */
export function answers(known: Readonly<Record<string, Partial<CommandResult>>>): CommandRunner & { readonly asked: string[] } {
  const asked: string[] = [];
  const run: CommandRunner = async (command, args, options) => {
    const line = [command, ...args].join(' ');
    asked.push(line);
    const key = Object.keys(known)
      .filter((prefix) => line.startsWith(prefix))
      .toSorted((one, other) => other.length - one.length)[0];
    const result: CommandResult = { code: key === undefined ? 127 : 0, stdout: '', stderr: '', ...(key === undefined ? {} : known[key]) };
    for (const text of `${result.stdout}\n${result.stderr}`.split('\n')) options?.onLine?.(text);
    return result;
  };
  return Object.assign(run, { asked });
}
