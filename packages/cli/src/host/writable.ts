import { notWritable } from '../../bin/writable.mjs';
import { UserError } from '../errors.ts';
import type { Finding } from './findings/finding.ts';

/** @throws UserError NOT_WRITABLE, with whose the folder is, and what to do */
export function assertWritable(folder: string): void {
  const reason = notWritable(folder);
  if (reason) throw new UserError({ code: 'NOT_WRITABLE', message: 'What this clone keeps cannot be written to', ...reason });
}

/** Whether this user may write to what the clone keeps. */
export function examineWritable(folder: string): Finding {
  const reason = notWritable(folder);
  if (reason) return { id: 'state', level: 'error', code: 'NOT_WRITABLE', ...reason };
  return { id: 'state', level: 'ok', expected: 'that this user may write to what the clone keeps', found: 'so it is' };
}
