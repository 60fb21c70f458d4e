import { join } from 'node:path';
import { runCommand, type CommandResult } from '../host/command.ts';
import { REPOSITORY } from '../host/paths.ts';

const BIN = join(REPOSITORY, 'node_modules/.bin');

/** Runs one of the repository's own tools with the repository's own Node, and shows its lines as they come. */
export function runTool(name: string, args: readonly string[], onLine?: (line: string) => void): Promise<CommandResult> {
  return runCommand(join(BIN, name), args, { cwd: REPOSITORY, env: toolEnvironment(), ...(onLine && { onLine }) });
}

/** Without npm's variables, which name the host's npm and Node; nothing reports home; no colour in what is captured. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'NODE_OPTIONS');
  return {
    ...Object.fromEntries(own),
    PATH: `${BIN}:${process.env['PATH'] ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    TESTCONTAINERS_RYUK_DISABLED: 'true',
    NO_COLOR: '1',
  };
}
