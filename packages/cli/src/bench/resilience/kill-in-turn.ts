import { setTimeout as sleep } from 'node:timers/promises';
import { awaitCalm, awaitReplaced, MINIMUM, replicasOf, SCALED } from '@seaworthy/drills';
import type { DrillPlatform } from '@seaworthy/drills';
import { interrupted } from '../../host/interrupt.ts';
import { summarize } from '../figures.ts';
import type { Figure } from '../figures.ts';
import type { Sold } from './shop-load.ts';

/** From one death to the next; the next waits until the last one's successor serves. */
const EVERY_MS = 5_000;
const PATIENCE_MS = 90_000;
/** of all requests */
const ANSWERED = 0.9999;
/** times the cold start */
const REPLACED = 2;

/** Milliseconds from a death to the successor that serves, and those that the successor's own start took of them. */
export interface Replacement {
  readonly ms: number;
  readonly startMs: number;
}

/** Kills each replica of each service in turn, under whatever load there is. */
export async function killInTurn(platform: DrillPlatform, onProgress: (text: string) => void): Promise<Replacement[]> {
  const found: Replacement[] = [];
  for (const service of SCALED) {
    const victims = await awaitCalm(platform, service, PATIENCE_MS);
    for (const { Id } of victims) {
      interrupted.throwIfAborted();
      onProgress(`killing ${service}, ${found.length + 1}`);
      const [replacement] = await Promise.all([kill(platform, service, Id), sleep(EVERY_MS)]);
      found.push(replacement);
    }
  }
  return found;
}

async function kill(platform: DrillPlatform, service: string, id: string): Promise<Replacement> {
  const before = new Set((await replicasOf(platform, service)).map(({ Id }) => Id));
  const since = Date.now();
  await platform.docker.getContainer(id).kill();
  const ms = await awaitReplaced(platform, service, id, MINIMUM, PATIENCE_MS);
  const ready = Date.now();
  const successor = (await replicasOf(platform, service)).find(({ Id }) => !before.has(Id));
  if (ms === undefined || successor === undefined)
    throw new Error(`expected another replica of ${service} within ${PATIENCE_MS / 1000} s, found none`);
  const { Created } = await platform.docker.getContainer(successor.Id).inspect();
  return { ms: ready - since, startMs: ready - Date.parse(Created) };
}

/**
 * What the fleet adds to a start is measured against starts of the same round: with both cores full, a start itself takes twice as long.
 * How long customers wait under load is told besides, against a start without.
 */
export function killedFigures(quiet: readonly Replacement[], loaded: readonly Replacement[], sold: Sold): Figure[] {
  const coldStart: Figure = {
    id: 'cold-start',
    title: 'cold start of a replica: made to serving at the edge, no load',
    unit: 'ms',
    values: quiet.map(({ startMs }) => startMs),
  };
  const loadedStart: Figure = {
    ...coldStart,
    id: 'cold-start-loaded',
    title: 'the same under load',
    values: loaded.map(({ startMs }) => startMs),
  };
  const by = (start: Figure, round: readonly Replacement[]): number[] => {
    const { median } = summarize(start);
    return round.map(({ ms }) => ms / median);
  };
  const { requests, unanswered, failures, ordersAccepted, ordersLost, ordersDoubled, paid } = sold;
  const note = `${loaded.length} replicas killed; ${requests} requests, ${ordersAccepted} orders accepted, ${paid.accepted} of them to be paid; failed: ${failures}`;
  return [
    coldStart,
    loadedStart,
    { id: 'replaced', title: 'killed, no load: to a successor that serves', unit: 'ms', values: quiet.map(({ ms }) => ms) },
    { id: 'replaced-loaded', title: 'the same under load', unit: 'ms', values: loaded.map(({ ms }) => ms) },
    {
      id: 'replaced-by-start',
      title: 'killed, no load: by the cold start',
      unit: 'ratio',
      values: by(coldStart, quiet),
      target: REPLACED,
    },
    {
      id: 'replaced-by-start-loaded',
      title: 'killed under load: by the cold start under load',
      unit: 'ratio',
      values: by(loadedStart, loaded),
      target: REPLACED,
    },
    { id: 'replaced-by-quiet-start', title: 'the same, by the cold start without load', unit: 'ratio', values: by(coldStart, loaded) },
    {
      id: 'kill-answered',
      title: 'requests answered meanwhile, none sent twice',
      unit: 'share',
      values: [1 - unanswered / requests],
      least: ANSWERED,
      note,
    },
    { id: 'kill-lost', title: 'accepted orders lost', unit: 'count', values: [ordersLost], target: 0 },
    { id: 'kill-doubled', title: 'orders doubled', unit: 'count', values: [ordersDoubled], target: 0 },
    { id: 'kill-charged-twice', title: 'orders charged twice', unit: 'count', values: [paid.chargedTwice], target: 0 },
    { id: 'kill-unpaid', title: 'orders not paid in the end', unit: 'count', values: [paid.unpaid], target: 0 },
  ];
}
