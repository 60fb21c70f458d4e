import { isIdle, isUp, takeCensus } from './census.ts';
import type { Census } from './census.ts';
import type { Action, Decision, Memory, Reason } from './decision.ts';
import { isGuess, stillServes } from './fault.ts';
import type { Goal, Observed, Replica } from './observed.ts';
import { PACE, SURGE } from './pace.ts';
import { effectiveRevision, isStuck, judgeRevision, progressOf, rollReason, substituteRevision, waitAfterFailures } from './revision.ts';
import { firstLoad, followLoad } from './scale.ts';

/**
 * What to do for one service at this moment. Pure: the same goal, observation, memory and time give the same decision. It never takes away
 * a replica that serves unless as many as wanted (the minimum at least) serve without it, and never more than one of them at a time.
 */
export function decide(goal: Goal, observed: Observed, before: Memory, now: number): Decision {
  const load = followLoad(before.load ?? firstLoad(found(goal, observed), goal.scale), goal.scale, observed.concurrency, now);
  const memory = { ...judgeRevision(goal, observed, before, now), load };
  const revision = effectiveRevision(goal, memory);
  const census = takeCensus(observed, revision, now);
  const grown = before.load !== undefined && load.wanted > before.load.wanted;
  const substitute = substituteRevision(goal, observed, memory);
  const asked = { goal, observed, census, memory, revision, substitute, wanted: load.wanted, grown, now };
  const additions = add(asked);
  return {
    actions: [...additions.actions, ...removeUseless(asked), ...removeOneThatServes(asked)],
    memory,
    wanted: load.wanted,
    serving: census.serving.length,
    progress: progressOf(goal, observed, census, memory),
    holding: additions.holding ?? holdingOf(census, observed, now),
  };
}

/** How many a fleet that begins finds at work; one of them is one too many when it begins in the middle of a rolling deploy. */
function found({ revision }: Goal, { replicas, leaving }: Observed): number {
  const there = replicas.filter(({ id, state }) => (state === 'running' || state === 'unknown') && !leaving.has(id));
  return there.length - (there.some((one) => one.state === 'running' && one.revision !== revision) ? SURGE : 0);
}

interface Asked {
  readonly goal: Goal;
  readonly observed: Observed;
  readonly census: Census;
  readonly memory: Memory;
  /** what all replicas shall be in the end */
  readonly revision: string;
  /** what those are made from that stand in for missing ones */
  readonly substitute: string;
  readonly wanted: number;
  /** whether the load has just wanted more */
  readonly grown: boolean;
  readonly now: number;
}

/** As many as are missing, at once; while others are replaced, one more than wanted. */
function add(asked: Asked): { actions: Action[]; holding?: string } {
  const { goal, observed, census, memory, revision, substitute, wanted, now } = asked;
  const { fresh, outdated, faulty, unknown } = census;
  const healthy = fresh.length + outdated.length + observed.adding.length;
  const drifted = faulty.filter(({ fault }) => stillServes(fault)).length;
  // of those that seem to hang one is on its way out at a time, and may be back
  const doubtful = faulty.some(({ fault }) => isGuess(fault)) ? 1 : 0;
  const room = Math.max(0, goal.scale.max + SURGE - healthy - drifted - unknown.length - doubtful);
  const there = healthy + unknown.filter((one) => !isMissing(one, now)).length;
  const coming = fresh.filter((replica) => !isUp(replica)).length + observed.adding.filter((one) => one === revision).length;
  // what has never been ready is not counted on where others can be made
  const counted = there - (substitute === revision ? 0 : coming);
  const missing = Math.min(Math.max(0, wanted - counted), room);
  const rolls = outdated.length > 0 && !isStuck(goal, memory);
  // a new revision comes one by one, the next when the last is ready, until it has been
  const isHeld = coming > 0 && !memory.proven.includes(revision);
  const surge = rolls && !isHeld ? Math.min(Math.max(0, wanted + SURGE - there - missing), room - missing, 1) : 0;
  const parts = [
    { of: substitute, count: missing, reason: reasonToAdd(asked, counted) },
    { of: revision, count: surge, reason: rollReason(goal, memory) },
  ].filter(({ count }) => count > 0);
  const wait = Math.max(0, ...parts.map(({ of }) => waitAfterFailures(memory, of, now)));
  const actions = parts
    .filter(({ of }) => waitAfterFailures(memory, of, now) <= 0)
    .flatMap(({ of, count, reason }) => Array.from({ length: count }, () => ({ kind: 'add' as const, revision: of, reason })));
  if (wait === 0) return { actions };
  return {
    actions,
    holding: `waiting ${Math.ceil(wait / 1000)} s before the next try: the last new ones were not started, did not get ready, or did not stay as deployed`,
  };
}

function reasonToAdd({ goal, census: { outdated, faulty }, memory, revision, substitute, wanted, grown }: Asked, there: number): Reason {
  if (grown) return { code: 'SCALE_UP', detail: `the load wants ${wanted} replicas at ${goal.scale.targetConcurrency} requests each` };
  if (outdated.length > 0 && substitute === revision) return rollReason(goal, memory);
  if (faulty.length === 0) return { code: 'REPLACE', detail: `${there} of ${wanted} are there` };
  return { code: 'REPLACE', detail: `for ${faulty.map(({ replica, fault }) => `${replica.name} (${fault.code})`).join(', ')}` };
}

/** What serves nobody goes at once: nothing is lost with it. Where that is a guess, one at a time, the next when its successor is ready. */
function removeUseless({ goal, observed, census, memory, revision, substitute, wanted }: Asked): Action[] {
  const { faulty, outdated, fresh } = census;
  const useless = faulty.filter(({ fault }) => !stillServes(fault));
  const isCertain = ({ replica, fault }: (typeof useless)[number]): boolean => !isGuess(fault) || replica.state === 'paused';
  const successors = [...fresh, ...outdated].filter((replica) => replica.revision === substitute);
  const isBusy = observed.adding.includes(substitute) || successors.some((replica) => !isUp(replica) && !replica.edge.wasUp);
  const guessed = isBusy ? [] : useless.filter((one) => !isCertain(one)).slice(0, 1);
  // of a revision that is no longer wanted, and not ready yet: it will never be needed, unless there is nothing else, as when all begin anew
  const isSpare = (fresh.some(isUp) && substitute === revision) || outdated.filter(isUp).length >= wanted;
  const stillborn = isSpare && observed.edgeAnswers ? outdated.filter((replica) => !isUp(replica) && !replica.edge.wasUp) : [];
  return [
    ...[...useless.filter(isCertain), ...guessed].map(({ replica, fault }) => remove(replica, 'kill', fault)),
    ...stillborn.map((replica) => remove(replica, 'kill', rollReason(goal, memory))),
  ];
}

/** At most one that serves, and only when enough serve without it: first what has drifted, then what is outdated, then what is too much. */
function removeOneThatServes({ goal, census, memory, wanted, now }: Asked): Action[] {
  const { faulty, outdated, fresh, serving, settled } = census;
  const drifted = faulty.filter(({ fault }) => stillServes(fault));
  const idle = drifted.find(({ replica }) => isIdle(replica, memory.load?.since, now));
  if (idle !== undefined) return [remove(idle.replica, 'kill', idle.fault)];
  // of which the edge says nothing: it may serve, and is not counted on
  const hidden = drifted.find(({ replica }) => !isUp(replica));
  if (hidden !== undefined && serving.length >= wanted) return [remove(hidden.replica, 'drain', hidden.fault)];
  if (serving.length <= wanted) return [];
  const [first] = drifted;
  if (first !== undefined) return [remove(first.replica, 'drain', first.fault)];
  // also without a successor, when a deploy came into another one and there are more old ones than wanted: they would block the new
  const old = settled.length > 0 || outdated.filter(isUp).length > wanted ? outdated.findLast(isUp) : undefined;
  if (old !== undefined) return [remove(old, 'drain', rollReason(goal, memory))];
  const surplus = outdated.length === 0 && fresh.filter(isUp).length > wanted ? fresh.findLast(isUp) : undefined;
  return surplus === undefined ? [] : [remove(surplus, 'drain', { code: 'SCALE_DOWN', detail: `${wanted} are enough for the load` })];
}

function remove({ id, name }: { id: string; name: string }, how: 'drain' | 'kill', { code, detail }: Reason): Action {
  return { kind: 'remove', id, name, how, reason: { code, detail } };
}

/** Of one that is unknown: there is no more hope that the engine was only busy. */
function isMissing({ edge }: Replica, now: number): boolean {
  return now - edge.since >= PACE.missingAfter;
}

function holdingOf({ serving, fresh, unknown }: Census, { edgeAnswers }: Observed, now: number): string | undefined {
  if (!edgeAnswers) return 'the edge does not answer: nobody can say which replica hangs';
  const refusing = fresh.find(({ edge }) => edge.wasUp && edge.status === 'refusing');
  if (serving.length === 0 && refusing !== undefined)
    return `all replicas say that they are not ready (${refusing.edge.detail}): what they need is away, and new ones would not help`;
  const missing = unknown.filter((one) => isMissing(one, now)).map(({ name }) => name);
  return missing.length === 0 ? undefined : `the engine does not tell of ${missing.join(', ')}: left alone, and not counted on`;
}
