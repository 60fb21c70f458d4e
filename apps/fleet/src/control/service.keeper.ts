import { replicaName } from '@seaworthy/contracts';
import type { Desired, DesiredService } from '@seaworthy/contracts';
import type { Action, Decision, Memory, Reason } from '../decide/decision.ts';
import { NO_MEMORY } from '../decide/decision.ts';
import { decide } from '../decide/decide.ts';
import { PACE } from '../decide/pace.ts';
import type { Goal, NotStarted, Replica } from '../decide/observed.ts';
import type { ComposeDriver } from '../drive/compose/compose.driver.ts';
import type { Replicas } from '../drive/compose/replicas.ts';
import type { EdgeView } from '../drive/edge/edge.stats.ts';
import type { EventLog } from '../events/event.log.ts';
import type { ServiceStatus } from './status.ts';

interface Parts {
  readonly name: string;
  readonly replicas: Replicas;
  readonly driver: ComposeDriver;
  readonly viewEdge: () => Promise<EdgeView>;
  readonly events: EventLog;
  readonly now: () => number;
}

/** Keeps one service as it shall be: looks, decides, acts. What it has begun goes on while it looks again. */
export class ServiceKeeper {
  readonly #parts: Parts;
  readonly #adding = new Map<string, string>();
  /** since the last look */
  #notStarted: NotStarted[] = [];
  /** of `#adding`: each ends when that replica is there, or was not to be had */
  readonly #additions = new Set<Promise<unknown>>();
  readonly #leaving = new Set<string>();
  /** by id: those that the engine did not remove, and how long they are left alone for it */
  readonly #kept = new Map<string, { wait: number; until: number }>();
  readonly #ready = new Set<string>();
  #memory: Memory = NO_MEMORY;
  #isClosed = false;
  #last: { decision: Decision; replicas: readonly Replica[]; goal: Goal; concurrency: number | undefined } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async tick(desired: Desired, service: DesiredService): Promise<void> {
    const { name, replicas, viewEdge, now } = this.#parts;
    const edge = await viewEdge().catch(() => undefined);
    // as it was before the look: what ends while the engine is asked must not count as neither coming nor there, nor as dead
    const [adding, leaving] = [new Map(this.#adding), this.#notToRemove()];
    const found = await replicas.look(service, edge, new Set(adding.keys()), now());
    const goal: Goal = {
      service: name,
      scale: service.scale,
      revision: service.current.id,
      deploy: desired.deploy,
      ...(service.previous === undefined ? {} : { previous: service.previous.id }),
    };
    const observed = {
      replicas: found,
      adding: [...adding.values()],
      notStarted: this.#notStarted,
      leaving,
      edgeAnswers: edge !== undefined,
      concurrency: edge?.concurrency,
    };
    const decision = decide(goal, observed, this.#memory, now());
    this.#memory = decision.memory;
    this.#notStarted = [];
    this.#tell(decision, found, goal.revision);
    this.#last = { decision, replicas: found, goal, concurrency: edge?.concurrency };
    for (const action of decision.actions) if (!this.#isClosed) await this.#act(action, desired, service);
  }

  /**
   * Begins nothing any more, also where it is looking just now. Resolves when all that was being made is there: whoever takes all replicas away
   * next finds it. Those that drain have their signal, and need nobody to wait for them.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#parts.replicas.close();
    await Promise.all(this.#additions);
  }

  get status(): ServiceStatus | undefined {
    if (this.#last === undefined) return undefined;
    const { decision, replicas, goal, concurrency } = this.#last;
    return {
      service: this.#parts.name,
      revision: goal.revision,
      ...(goal.deploy === undefined ? {} : { deploy: goal.deploy }),
      progress: decision.progress,
      wanted: decision.wanted,
      serving: decision.serving,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(decision.holding === undefined ? {} : { holding: decision.holding }),
      replicas: replicas.map((replica) => ({
        name: replica.name,
        revision: replica.revision ?? 'unknown',
        state: this.#leaving.has(replica.id) ? 'leaving' : replica.state === 'running' ? replica.edge.status : replica.state,
        since: new Date(replica.startedAt).toISOString(),
      })),
    };
  }

  async #act(action: Action, desired: Desired, service: DesiredService): Promise<void> {
    switch (action.kind) {
      case 'add': {
        const revision = [service.current, service.previous].find((one) => one?.id === action.revision);
        if (revision === undefined) throw new Error(`expected revision ${action.revision} to be deployed, found that it is not`);
        const { name: of, driver } = this.#parts;
        const number = await driver.freeNumber(of, desired.project, new Set(this.#adding.keys()));
        if (this.#isClosed) return;
        const replica = replicaName(desired.project, of, number);
        this.#adding.set(replica, revision.id);
        const what = { replica, revision: revision.id };
        const addition = this.#carryOut(['adding', 'added'], what, action.reason, async () => driver.add(replica, number, revision))
          .then((why) => why !== undefined && this.#notStarted.push({ ...what, detail: why }))
          .finally(() => {
            this.#additions.delete(addition);
            this.#ended(this.#adding, replica);
          });
        this.#additions.add(addition);
        return;
      }
      case 'remove': {
        this.#leaving.add(action.id);
        void this.#carryOut(['removing', 'removed'], { replica: action.name }, action.reason, async () =>
          this.#parts.driver.remove(action.id, action.how),
        )
          .then((why) => this.#leaveAlone(action.id, why !== undefined))
          .finally(() => this.#ended(this.#leaving, action.id));
        return;
      }
      default: {
        const unreachable: never = action;
        throw new TypeError(String(unreachable));
      }
    }
  }

  /** Those that are being removed, and those that the engine keeps: it is asked again, ever more slowly. */
  #notToRemove(): Set<string> {
    const waiting = [...this.#kept].filter(([, { until }]) => until > this.#parts.now()).map(([id]) => id);
    return new Set([...this.#leaving, ...waiting]);
  }

  #leaveAlone(id: string, failed: boolean): void {
    const before = this.#kept.get(id)?.wait;
    this.#kept.delete(id);
    if (!failed) return;
    const wait = before === undefined ? PACE.retryAfter : Math.min(before * 2, PACE.retryAtMost);
    this.#kept.set(id, { wait, until: this.#parts.now() + wait });
  }

  #ended(underWay: { delete: (key: string) => unknown }, key: string): void {
    underWay.delete(key);
    this.#parts.replicas.expectNews();
  }

  /** Returns why it was not done, if it was not. */
  async #carryOut(
    [before, after]: readonly ['adding' | 'removing', 'added' | 'removed'],
    what: { replica: string; revision?: string },
    { code, detail }: Reason,
    work: () => Promise<void>,
  ): Promise<string | undefined> {
    const { events, name: service } = this.#parts;
    events.add({ service, kind: before, ...what, code, detail });
    try {
      await work();
      events.add({ service, kind: after, ...what, code, detail });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      events.add({ service, kind: 'failed', ...what, code, detail: why });
      return why;
    }
    return undefined;
  }

  /** Tells what has changed since the last look. */
  #tell({ progress, holding }: Decision, replicas: readonly Replica[], revision: string): void {
    const { events, name: service } = this.#parts;
    for (const { id, name: replica, edge, startedAt } of replicas) {
      if (edge.status !== 'up' || this.#ready.has(id)) continue;
      this.#ready.add(id);
      events.add({
        service,
        kind: 'ready',
        replica,
        detail: `up at the edge ${((edge.since - startedAt) / 1000).toFixed(1)} s after its start`,
      });
    }
    for (const gone of [this.#ready, this.#kept])
      for (const id of gone.keys()) if (!replicas.some((replica) => replica.id === id)) gone.delete(id);
    const before = this.#last;
    if (before?.goal.revision !== revision || before.decision.progress.state !== progress.state) {
      events.add({
        service,
        kind: 'progress',
        revision,
        detail: 'reason' in progress ? `${progress.state}: ${progress.reason}` : progress.state,
      });
    }
    if (holding !== undefined && newsOf(before?.decision.holding) !== newsOf(holding))
      events.add({ service, kind: 'holding', detail: holding });
  }
}

/** What of it is news: the seconds of a wait are none, nor that the edge is asking a replica just now (`* L7STS 0`) or has asked it (`L7STS 503`). */
function newsOf(holding: string | undefined): string | undefined {
  return holding?.replaceAll(/[\d\s*]/g, '');
}
