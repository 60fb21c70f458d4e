import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

interface Surroundings {
  readonly cwd: string;
  readonly env?: Record<string, string>;
}

/** Runs a script of the packages with Node directly: no shell, no npm, nothing that a script in the change could stand in for. */
export async function runNode(
  script: string,
  parameters: readonly string[],
  { flags = [], ...surroundings }: Surroundings & { flags?: readonly string[] },
): Promise<Finished> {
  return runProgram(process.execPath, [...flags, script, ...parameters], surroundings);
}

/** Runs a program of the image by its path. */
export async function runProgram(path: string, parameters: readonly string[], { cwd, env = {} }: Surroundings): Promise<Finished> {
  const started = performance.now();
  const child = spawn(path, parameters, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<number>((resolve, reject) =>
    child.once('error', reject).once('close', (code, signal) => resolve(code ?? (signal ? 128 : 1))),
  );
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr, milliseconds: Math.round(performance.now() - started) };
}
