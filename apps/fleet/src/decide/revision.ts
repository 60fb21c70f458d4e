import { takeCensus, isUp } from './census.ts';
import type { Census, Faulty } from './census.ts';
import type { Failure, Memory, Progress, Reason } from './decision.ts';
import { stillServes } from './fault.ts';
import type { Fault } from './fault.ts';
import type { Goal, Observed, Replica } from './observed.ts';
import { ATTEMPTS, PACE } from './pace.ts';

/** Learns whether the deployed revision gets ready at all. One that did once is healed later, never rolled back. */
export function judgeRevision(goal: Goal, observed: Observed, before: Memory, now: number): Memory {
  const { revision } = goal;
  const known = recall(goal, begin(goal, observed, before));
  const { settled, faulty } = takeCensus(observed, revision, now);
  const failures = [
    ...known.failures,
    ...newFailures(faulty, goal, known.failures, now),
    ...failedStarts(observed, known.proven, now),
  ].slice(-16);
  if (settled.length > 0) return prove({ ...known, failures }, revision, now);
  const weight = failures.filter((one) => one.revision === revision).reduce((sum, one) => sum + one.weight, 0);
  if (known.givenUp !== undefined || known.proven.includes(revision) || weight < ATTEMPTS) return { ...known, failures };
  return { ...known, failures, givenUp: { revision, reason: failures.at(-1)?.detail ?? '' } };
}

/** What replicas are made from: the deployed revision, or what ran before when that was given up. */
export function effectiveRevision({ revision, previous }: Goal, { givenUp }: Memory): string {
  return givenUp?.revision === revision && previous !== undefined ? previous : revision;
}

/**
 * What stands in for missing replicas: what ran before, which was ready once, until the deployed revision has been. Where nothing else runs,
 * as when a service begins, the deployed revision itself.
 */
export function substituteRevision(goal: Goal, { replicas, adding }: Observed, memory: Memory): string {
  const effective = effectiveRevision(goal, memory);
  if (goal.previous === undefined || memory.proven.includes(effective)) return effective;
  const others = [...adding, ...replicas.filter(({ state }) => state !== 'unknown').map(({ revision }) => revision)];
  return others.some((one) => one !== goal.revision) ? goal.previous : effective;
}

/** Given up, and nothing known to go back to: what is outdated is then all that there is, and stays. */
export function isStuck({ revision, previous }: Goal, { givenUp }: Memory): boolean {
  return givenUp?.revision === revision && previous === undefined;
}

export function rollReason({ revision, previous }: Goal, { givenUp }: Memory): Reason {
  if (givenUp?.revision !== revision) return { code: 'ROLL_OUT', detail: `revision ${revision} was deployed` };
  return {
    code: 'ROLL_BACK',
    detail: `revision ${revision} is given up${previous === undefined ? '' : ` for ${previous}`}: ${givenUp.reason}`,
  };
}

/** ms until a replica of a revision whose replicas do not get ready may be tried again. */
export function waitAfterFailures({ failures }: Memory, revision: string, now: number): number {
  const ofThis = failures.filter((one) => one.revision === revision);
  const last = ofThis.at(-1);
  if (last === undefined) return 0;
  return last.at + Math.min(PACE.retryAtMost, PACE.retryAfter * 2 ** (ofThis.length - 1)) - now;
}

export function progressOf(goal: Goal, { adding }: Observed, { fresh, outdated, settled }: Census, { givenUp }: Memory): Progress {
  if (givenUp?.revision === goal.revision) {
    return { state: goal.previous === undefined && outdated.length === 0 ? 'failing' : 'rolled-back', reason: givenUp.reason };
  }
  const isDone = outdated.length === 0 && adding.length === 0 && settled.length >= goal.scale.min && fresh.every(isUp);
  return { state: isDone ? 'rolled-out' : 'rolling-out' };
}

/** Another deploy of a revision is another attempt at it, whatever came of the last one: what it needed may be back. */
function recall({ revision, deploy }: Goal, before: Memory): Memory {
  const failures = before.deploy === deploy ? before.failures : before.failures.filter((one) => one.revision !== revision);
  const isGivenUp = before.deploy === deploy && before.givenUp?.revision === revision;
  return { ...before, deploy, failures, givenUp: isGivenUp ? before.givenUp : undefined };
}

/**
 * A deploy that was rolled out may still name what ran before, when whoever asked for it did not get to the end. A fleet that begins, and finds
 * enough of the deployed revision and nothing else, sees by that that it was ready: nothing else takes the last of the others away. Where there
 * were no others, as after `npm stop`, it finds the same before any was ready: those have just been made.
 */
function begin({ scale, revision, previous }: Goal, { replicas }: Observed, before: Memory): Memory {
  if (before.load !== undefined || previous === undefined) return before;
  const isRolledOut = replicas.length >= scale.min && replicas.every((one) => one.revision === revision) && replicas.some(hasLasted);
  return isRolledOut ? { ...before, proven: [revision] } : before;
}

/** It has had its time to get ready, or began anew with the engine long after it was made; one that ended by itself may never have been ready. */
function hasLasted({ edge, madeAt, startedAt, restarts }: Replica): boolean {
  return edge.wasUp || (restarts === 0 && startedAt - madeAt >= PACE.firstStart);
}

function prove(known: Memory, revision: string, now: number): Memory {
  const proven = [revision, ...known.proven.filter((one) => one !== revision)].slice(0, 4);
  const young = known.failures.filter((one) => one.revision !== revision || now - one.at < PACE.retryAtMost * 2);
  return { ...known, proven, failures: young, givenUp: undefined };
}

/** Of both revisions: also those that are made of what ran before may fail one after the other. */
function newFailures(faulty: readonly Faulty[], { revision, previous }: Goal, known: readonly Failure[], now: number): Failure[] {
  return faulty.flatMap(({ replica, fault }) => {
    const of = [revision, previous].find((one) => one !== undefined && one === replica.revision);
    if (of === undefined || replica.state === 'paused' || !isEarly(replica, fault, now)) return [];
    if (known.some((one) => one.replica === replica.id)) return [];
    const weight = stillServes(fault) ? 0 : fault.code === 'NEVER_READY' ? ATTEMPTS : 1;
    return { revision: of, replica: replica.id, weight, detail: fault.detail, at: now };
  });
}

/** Of a revision that was ready once it is no reason to give that up: the engine has changed, not the revision. */
function failedStarts({ notStarted }: Observed, proven: readonly string[], now: number): Failure[] {
  return notStarted.map((one) => ({ ...one, weight: proven.includes(one.revision) ? 0 : 1, at: now }));
}

/** Before it was ready; or drifted when it had hardly begun, which is no failure of the revision, but no reason to hurry either. */
function isEarly({ edge, startedAt }: Replica, fault: Fault, now: number): boolean {
  return stillServes(fault) ? now - startedAt < PACE.youth : !edge.wasUp;
}
