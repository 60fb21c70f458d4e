import { UserError } from '../errors.ts';
import type { Run } from './pipeline.ts';

/** Codes of the control plane that say nothing about the commit: it ended, or the engine did not answer, or lost what a run had, before there was a verdict. */
const NOT_THE_COMMIT: readonly string[] = ['INTERRUPTED', 'UNREACHABLE', 'VOLUMES_LOST'];

/** Why a run did not succeed, as whoever started it needs to know it. */
export function pipelineRefusal({ commit, failure }: Pick<Run, 'commit' | 'failure'>): UserError {
  const where = failure?.stage ?? 'an unknown stage';
  const found = `${failure?.code ?? 'no code'}: ${failure?.message ?? 'no message'}`;
  const expected = 'every stage to succeed';
  if (failure !== undefined && NOT_THE_COMMIT.includes(failure.code)) {
    const message = `The pipeline was cut short at ${where}; there is no verdict about commit ${commit.slice(0, 12)}`;
    return new UserError({ code: 'FAILED', message, expected, found, remedy: 'npm start again; what ran before still runs' });
  }
  const message = `The pipeline refused commit ${commit.slice(0, 12)} at ${where}`;
  return new UserError({
    code: 'FAILED',
    message,
    expected,
    found,
    remedy: 'mend it, commit, and start again; what ran before still runs',
  });
}
