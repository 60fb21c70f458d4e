import type { Action, Decision, Memory } from '../src/decide/decision.ts';
import { NO_MEMORY } from '../src/decide/decision.ts';
import { decide } from '../src/decide/decide.ts';
import type { Goal, Replica } from '../src/decide/observed.ts';
import { PACE } from '../src/decide/pace.ts';

/** As far as the simulation knows it: what becomes of a replica is said by the test. */
interface Body {
  readonly id: string;
  readonly revision: string | undefined;
  readonly madeAt: number;
  startedAt: number;
  /** how often the engine has started it again */
  restarts: number;
  /** when the edge finds it up; never, when undefined */
  readyAt: number | undefined;
  state: Replica['state'];
  status: Replica['edge']['status'] | undefined;
  since: number;
  wasUp: boolean;
  drift: Replica['drift'];
  /** what the edge said of it when it was asked last; undefined when the fleet knows of nothing that it said */
  told: Pick<Replica['edge'], 'status' | 'since'> | undefined;
  /** when it is gone, once it is on its way out */
  gone: number | undefined;
}

export interface Options {
  readonly goal?: Partial<Goal>;
  readonly replicas?: number;
  /** ms from start to ready, by revision; undefined: never */
  readonly boot?: (revision: string) => number | undefined;
  readonly load?: (now: number) => number | undefined;
}

export const STEP = 300;
const DRAIN = 3_600;
const ADD = 600;

/** An engine and an edge in a few lines, with their delays, around the real decisions; time is the simulation's own. */
export class FleetSimulation {
  now = 1_000_000;
  goal: Goal;
  readonly bodies: Body[] = [];
  readonly history: { at: number; action: Action; serving: number }[] = [];
  readonly adding: { revision: string; at: number }[] = [];
  last: Decision | undefined;
  edgeAnswers = true;
  /** revisions of which the engine makes no replica */
  refuses: (revision: string) => boolean = () => false;
  load: (now: number) => number | undefined;
  readonly #boot: (revision: string) => number | undefined;
  #memory: Memory = NO_MEMORY;
  #born = 0;

  constructor({ goal, replicas = 2, boot = () => 1_500, load = () => 0 }: Options = {}) {
    this.goal = { service: 'catalog', scale: { min: 2, max: 6, targetConcurrency: 10 }, revision: 'new', ...goal };
    this.#boot = boot;
    this.load = load;
    for (let index = 0; index < replicas; index += 1) this.#add('new', -60_000, 0);
  }

  /** Forgets what it knows, as a fleet that was started again. */
  restart(): void {
    this.#memory = NO_MEMORY;
    for (const body of this.bodies) {
      body.told = undefined;
      // one that has had its time to get ready is taken for one that did
      body.wasUp = this.now - body.startedAt >= PACE.startDeadline;
    }
  }

  /** All processes begin anew, in the same containers. */
  restartEngine(): void {
    for (const body of this.bodies) {
      const boot = this.#boot(body.revision ?? '');
      const readyAt = boot === undefined ? undefined : this.now + boot;
      const anew = { state: 'running', status: undefined, since: readyAt ?? this.now, wasUp: false, told: undefined };
      Object.assign(body, { startedAt: this.now, readyAt, ...anew });
    }
  }

  get serving(): Body[] {
    return this.bodies.filter((body) => this.#isUp(body) && body.gone === undefined);
  }

  run(ms: number, each: () => void = () => undefined): this {
    for (const until = this.now + ms; this.now < until;) {
      this.step();
      each();
    }
    return this;
  }

  step(): Decision {
    this.now += STEP;
    const ended = this.adding.filter(({ at }) => at <= this.now);
    for (const one of ended) {
      this.adding.splice(this.adding.indexOf(one), 1);
      if (!this.refuses(one.revision)) this.#add(one.revision, 0, this.#boot(one.revision));
    }
    const notStarted = ended
      .filter(({ revision }) => this.refuses(revision))
      .map(({ revision }) => ({ replica: 'x', revision, detail: 'the engine refuses' }));
    for (const body of this.bodies.filter(({ gone }) => gone !== undefined && gone <= this.now))
      this.bodies.splice(this.bodies.indexOf(body), 1);
    const leaving = new Set(this.bodies.filter(({ gone }) => gone !== undefined).map(({ id }) => id));
    const observed = {
      replicas: this.bodies.map((body) => this.#see(body)),
      adding: this.adding.map(({ revision }) => revision),
      notStarted,
      leaving,
      edgeAnswers: this.edgeAnswers,
      concurrency: this.edgeAnswers ? this.load(this.now) : undefined,
    };
    const decision = decide(this.goal, observed, this.#memory, this.now);
    this.#memory = decision.memory;
    this.last = decision;
    for (const action of decision.actions) {
      this.history.push({ at: this.now, action, serving: this.serving.length });
      if (action.kind === 'add') this.adding.push({ revision: action.revision, at: this.now + ADD });
      else {
        const body = this.bodies.find(({ id }) => id === action.id);
        if (body !== undefined) body.gone = this.now + (action.how === 'drain' ? DRAIN : STEP);
      }
    }
    return decision;
  }

  /** `+` and `-` in the order in which the number of replicas was changed. */
  get directions(): string {
    return this.history.map(({ action }) => (action.kind === 'add' ? '+' : '-')).join('');
  }

  get reasons(): string[] {
    return this.history.map(({ action }) => `${action.kind} ${action.reason.code}`);
  }

  #add(revision: string, offset: number, boot: number | undefined): void {
    this.#born += 1;
    this.bodies.push({
      id: `${revision}-${this.#born}`,
      revision,
      madeAt: this.now + offset,
      startedAt: this.now + offset,
      restarts: 0,
      readyAt: boot === undefined ? undefined : this.now + offset + boot,
      state: 'running',
      status: undefined,
      since: this.now + offset + (boot ?? 0),
      wasUp: boot !== undefined && offset < 0,
      drift: [],
      told: undefined,
      gone: undefined,
    });
  }

  #isUp(body: Body): boolean {
    return body.state === 'running' && (body.status ?? 'up') === 'up' && body.readyAt !== undefined && body.readyAt <= this.now;
  }

  #see(body: Body): Replica {
    if (this.edgeAnswers) {
      body.told = { status: this.#say(body), since: body.since };
      body.wasUp ||= body.told.status === 'up';
    }
    // while the edge does not answer, what it said last holds, and of one that has come since, nobody knows anything
    body.told ??= { status: 'unseen', since: this.now };
    const { id, revision, madeAt, startedAt, restarts, state, wasUp, drift } = body;
    const { status, since } = ['exited', 'unknown'].includes(state) ? { status: 'unseen' as const, since: body.since } : body.told;
    return {
      id,
      name: id,
      revision,
      madeAt,
      startedAt,
      state,
      exitCode: 0,
      restarts,
      edge: { status, since, wasUp, detail: status },
      drift,
    };
  }

  #say(body: Body): Replica['edge']['status'] {
    if (this.#isUp(body)) return 'up';
    return body.state === 'paused' ? 'silent' : (body.status ?? 'refusing');
  }
}

/** From now on the edge says this of it. */
export function turn(simulation: FleetSimulation, body: Body, status: Replica['edge']['status']): void {
  body.status = status;
  body.since = simulation.now;
}
