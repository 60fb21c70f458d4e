import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import type { FleetService } from '../../platform/fleet.ts';

/** Longer than the fleet gives a revision to get ready, for each replica one after another. */
const PATIENCE_MS = 180_000;
const POLL_MS = 250;

/** A service that does not run as it was deployed, and why. */
export interface NotRolledOut {
  readonly service: string;
  readonly found: string;
}

export interface Awaiting {
  /** what the fleet says of an earlier one, at the same revision, is no answer */
  readonly deploy: string;
  readonly read: () => Promise<readonly FleetService[]>;
  readonly onProgress: (text: string) => void;
  /** ms */
  readonly patience?: number;
}

/**
 * Waits until the fleet says what came of each service's revision. Returns those that it did not roll out; who says nothing is one of them. An
 * answer that cannot be read is none: a deploy that ends by it leaves the fleet something to go back to.
 */
export async function awaitRolledOut(
  revisions: Readonly<Record<string, string>>,
  { deploy, read, onProgress, patience = PATIENCE_MS }: Awaiting,
): Promise<NotRolledOut[]> {
  const names = Object.keys(revisions);
  for (const until = Date.now() + patience; ;) {
    const { answer, trouble } = await readOnce(read);
    const services = answer.filter((one) => one.deploy === deploy && revisions[one.service] === one.revision);
    onProgress(services.map(({ service, serving, progress }) => `${service}: ${serving} serve, ${progress.state}`).join(' · '));
    const isDone = services.length === names.length && services.every(({ progress }) => progress.state !== 'rolling-out');
    if (isDone || Date.now() > until) return names.flatMap((name) => verdict(name, services, trouble));
    await sleep(POLL_MS);
  }
}

/** Which services run and serve as wanted already: their stores have been migrated for it, else no replica were ready. */
export function rolledOut(
  wanted: Readonly<Record<string, { readonly current: { readonly id: string } }>>,
  services: readonly FleetService[],
): ReadonlySet<string> {
  const isWanted = ({ service, revision }: FleetService): boolean => wanted[service]?.current.id === revision;
  const serves = ({ progress, serving }: FleetService): boolean => progress.state === 'rolled-out' && serving > 0;
  return new Set(services.filter((one) => isWanted(one) && serves(one)).map(({ service }) => service));
}

export function notReady(failed: readonly NotRolledOut[]): UserError {
  const names = failed.map(({ service }) => service).join(', ');
  return new UserError({
    code: 'FAILED',
    message: `The new replicas of ${names} do not get ready`,
    expected: 'replicas that the edge finds ready; what ran before still serves',
    found: failed.map(({ service, found }) => `${service} is ${found}`).join('; '),
    remedy: `npm run fleet events; read their logs (docker compose logs ${names}), mend the change, commit, and start again`,
  });
}

async function readOnce(read: Awaiting['read']): Promise<{ answer: readonly FleetService[]; trouble?: string }> {
  try {
    return { answer: await read() };
  } catch (error) {
    return { answer: [], trouble: error instanceof Error ? error.message.slice(0, 300) : String(error) };
  }
}

function verdict(name: string, services: readonly FleetService[], trouble: string | undefined): NotRolledOut[] {
  const found = services.find(({ service }) => service === name);
  const nothing = trouble === undefined ? 'the fleet says nothing of this version' : `the fleet's answer cannot be read (${trouble})`;
  if (found === undefined) return [{ service: name, found: `not taken up: ${nothing}` }];
  const { progress, holding } = found;
  if (progress.state === 'rolled-out') return [];
  return [{ service: name, found: `${progress.state}: ${progress.reason ?? holding ?? 'no reason given'}` }];
}
