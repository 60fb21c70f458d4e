import { EXIT, UserError } from '../errors.ts';
import { isInterrupt } from '../host/interrupt.ts';

export interface ReportOptions {
  readonly stream?: { write(text: string): unknown };
  /** show stacks */
  readonly verbose?: boolean;
}

/** Writes an error as a person needs it and returns the exit code: message, expected, found, do. A stack is shown only when asked for. */
export function reportError(error: unknown, { stream = process.stderr, verbose = wantsStacks() }: ReportOptions = {}): number {
  if (isInterrupt(error)) return EXIT.interrupted;
  stream.write(`\n${describe(error)}\n`);
  if (verbose) stream.write(`\n${stackOf(error)}\n`);
  return error instanceof UserError ? error.exitCode : EXIT.failed;
}

/** `--verbose` anywhere on the command line, or SEAWORTHY_DEBUG. */
export function wantsStacks(): boolean {
  return process.argv.includes('--verbose') || Boolean(process.env['SEAWORTHY_DEBUG']);
}

function describe(error: unknown): string {
  if (!(error instanceof UserError)) {
    return `✗ ${messageOf(error)}\n  do       run it again with --verbose; if it stays, report it with what that shows (SECURITY.md if it is a weakness)`;
  }
  const lines = [`✗ ${error.message}`];
  if (error.expected) lines.push(`  expected ${error.expected}`);
  if (error.found) lines.push(`  found    ${error.found}`);
  lines.push(`  do       ${error.remedy.replaceAll('\n', '\n           ')}`);
  return lines.join('\n');
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  const cause = error.cause instanceof Error && error.cause.message ? `\n           ${error.cause.message}` : '';
  return `${code}${error.message || error.name}${cause}`;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
