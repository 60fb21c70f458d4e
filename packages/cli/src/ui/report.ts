import { stripVTControlCharacters } from 'node:util';
import { EXIT, EXIT_OF_IMAGE_ERROR, UserError } from '../errors.ts';
import { isInterrupt } from '../host/interrupt.ts';
import { explainSystemError } from './system-error.ts';

export interface ReportOptions {
  readonly stream?: { write(text: string): unknown; isTTY?: boolean };
  /** show stacks */
  readonly verbose?: boolean;
}

/** Writes an error as a person needs it and returns the exit code: message, expected, found, do. A stack is shown only when asked for. */
export function reportError(error: unknown, { stream = process.stderr, verbose = wantsStacks() }: ReportOptions = {}): number {
  if (isInterrupt(error)) return EXIT.interrupted;
  const explained = explainSystemError(error);
  const text = `\n${describe(explained)}\n${verbose ? `\n${stackOf(explained)}\n` : ''}`;
  // tools whose words are quoted here colour them
  stream.write(stream.isTTY ? text : stripVTControlCharacters(text));
  if (explained instanceof UserError) return explained.exitCode;
  return isOfADomain(explained) ? exitCodeOf(explained.code) : EXIT.failed;
}

function exitCodeOf(code: string): number {
  if (code in EXIT_OF_IMAGE_ERROR) return EXIT_OF_IMAGE_ERROR[code as keyof typeof EXIT_OF_IMAGE_ERROR];
  return code.endsWith('UNREACHABLE') ? EXIT.unavailable : EXIT.failed;
}

/** `--verbose` anywhere on the command line, or SEAWORTHY_DEBUG. */
export function wantsStacks(): boolean {
  return process.argv.includes('--verbose') || Boolean(process.env['SEAWORTHY_DEBUG']);
}

function describe(error: unknown): string {
  if (isOfADomain(error)) return `✗ ${error.code}\n  ${messageOf(error).replaceAll('; ', ';\n  ')}`;
  if (!(error instanceof UserError)) {
    return `✗ ${messageOf(error)}\n  do       run it again with --verbose; if it stays, report it with what that shows (SECURITY.md if it is a weakness)`;
  }
  const lines = [`✗ ${error.message}`];
  if (error.expected) lines.push(`  expected ${error.expected}`);
  if (error.found) lines.push(`  found    ${error.found}`);
  lines.push(`  do       ${error.remedy.replaceAll('\n', '\n           ')}`);
  return lines.join('\n');
}

/** The errors of the packages have a code of a closed set, and say expected, found and do by themselves. */
function isOfADomain(error: unknown): error is Error & { code: string } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z]+_[A-Z_]+$/.test(code) && !/^(ERR|UND)_/.test(code) && !(error instanceof UserError);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message || error.name;
  const cause = error.cause instanceof Error ? error.cause.message : '';
  const isSaid = stripVTControlCharacters(message).includes(stripVTControlCharacters(cause));
  return isSaid ? message : `${message}\n           ${cause}`;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
