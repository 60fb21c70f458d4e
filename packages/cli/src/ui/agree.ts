import { UserError } from '../errors.ts';
import { ask, hasTerminal } from './ask.ts';
import type { Progress } from './progress.ts';

/** The user's answer; undefined where nobody is there to be asked. */
export type Consent = (question: string) => Promise<boolean> | undefined;

/** Asks in a terminal; without one there is no answer. */
export const askUser: Consent = (question) => (hasTerminal() ? ask(question) : undefined);

/** What a command is about to do to the machine, and what the user can do instead. */
export interface Proposal {
  readonly why: string;
  readonly changes: readonly string[];
  /** printed where nobody is there to be asked, and it is done all the same */
  readonly unasked: string;
  /** what to do after a no */
  readonly otherwise: string;
}

/**
 * Says what will change before it changes; with a terminal it asks.
 * @throws UserError DECLINED when the answer is no
 */
export async function agree({ why, changes, unasked, otherwise }: Proposal, progress: Progress, consent: Consent = askUser): Promise<void> {
  progress.line(`\n${why} To go on, this will change on this machine:`);
  for (const change of changes) progress.line(`  - ${change}`);
  const answer = consent('Go on?');
  if (answer === undefined) progress.line(`${unasked}\n`);
  else if (!(await answer)) throw new UserError({ code: 'DECLINED', message: 'Nothing was changed', remedy: otherwise });
}
