import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FleetSimulation, STEP, turn } from './fleet.simulation.ts';

const MINUTE = 60_000;
const RUNS = { numRuns: 60 };

/** What may happen to a replica, or to a deploy, at some moment. */
const mishap = fc.record({
  at: fc.integer({ min: 1, max: 100 }),
  which: fc.nat({ max: 6 }),
  what: fc.constantFrom(
    'exited',
    'paused',
    'silent',
    'refusing',
    'drift',
    'deploy',
    'broken',
    'edge-away',
    'edge-back',
    'engine-refuses',
    'engine-makes',
    'engine-restart',
    'untold',
    'told',
    'restart',
    'restart-blind',
  ),
});

function befall(fleet: FleetSimulation, { which, what }: { which: number; what: string }): void {
  const body = fleet.bodies[which % Math.max(1, fleet.bodies.length)];
  // what a deploy goes back to was ready once: the host sees to that
  const whole = fleet.goal.revision.startsWith('broken') ? fleet.goal.previous : fleet.goal.revision;
  if (what === 'deploy' || what === 'broken')
    fleet.goal = {
      ...fleet.goal,
      revision: `${what}-${fleet.now}`,
      deploy: `${fleet.now}`,
      ...(whole !== undefined && { previous: whole }),
    };
  else if (what === 'edge-away' || what === 'edge-back') fleet.edgeAnswers = what === 'edge-back';
  else if (what === 'engine-refuses' || what === 'engine-makes') fleet.refuses = () => what === 'engine-refuses';
  else if (what === 'engine-restart') fleet.restartEngine();
  else if (what === 'restart') fleet.restart();
  else if (what === 'restart-blind') restartBlind(fleet);
  else if (what === 'told') tell(fleet);
  else if (body === undefined) return;
  else if (what === 'untold') [body.state, body.since] = ['unknown', fleet.now];
  else if (what === 'exited' || what === 'paused') body.state = what;
  else if (what === 'silent' || what === 'refusing') turn(fleet, body, what);
  else body.drift = [{ code: 'ENTERED', detail: 'x' }];
}

/** The fleet begins while the edge does not answer. */
function restartBlind(fleet: FleetSimulation): void {
  fleet.edgeAnswers = false;
  fleet.restart();
}

/** The engine tells again of those of which it did not. */
function tell(fleet: FleetSimulation): void {
  for (const body of fleet.bodies) if (body.state === 'unknown') body.state = 'running';
}

function play(
  mishaps: readonly { at: number; which: number; what: string }[],
  load: number,
  each: (fleet: FleetSimulation) => void,
): FleetSimulation {
  const fleet = new FleetSimulation({ load: () => load, boot: (revision) => (revision.startsWith('broken') ? undefined : 1_500) });
  for (let step = 0; step < 120; step += 1) {
    for (const one of mishaps.filter(({ at }) => at === step)) befall(fleet, one);
    fleet.step();
    each(fleet);
  }
  return fleet;
}

describe('decide, whatever happens', () => {
  it('never takes away one that serves when as many as wanted would not serve without it', () => {
    fc.assert(
      fc.property(fc.array(mishap, { maxLength: 8 }), fc.integer({ min: 0, max: 80 }), (mishaps, load) => {
        let before = new Set<string>();
        play(mishaps, load, (fleet) => {
          const taken =
            fleet.last?.actions.flatMap((action) => (action.kind === 'remove' && action.how === 'drain' ? [action.id] : [])) ?? [];
          expect(taken.length).toBeLessThanOrEqual(1);
          if (taken.length > 0) expect(fleet.serving.length).toBeGreaterThanOrEqual(Math.max(2, fleet.last?.wanted ?? 0));
          before = new Set(fleet.serving.map(({ id }) => id));
        });
        return before.size >= 0;
      }),
      RUNS,
    );
  });

  it('never kills one that serves, drifted or not, also where the edge does not answer and nobody can say so', () => {
    fc.assert(
      fc.property(fc.array(mishap, { maxLength: 8 }), (mishaps) => {
        play(mishaps, 0, (fleet) => {
          for (const action of fleet.last?.actions ?? []) {
            if (action.kind !== 'remove' || action.how !== 'kill') continue;
            const body = fleet.bodies.find(({ id }) => id === action.id);
            const isUp =
              body?.state === 'running' && (body.status ?? 'up') === 'up' && body.readyAt !== undefined && body.readyAt <= fleet.now;
            expect(isUp).toBe(false);
          }
        });
      }),
      RUNS,
    );
  });

  it('never makes more than the maximum and one', () => {
    fc.assert(
      fc.property(fc.array(mishap, { maxLength: 8 }), fc.integer({ min: 0, max: 1_000 }), (mishaps, load) => {
        play(mishaps, load, (fleet) => {
          // several that seemed to hang may come back together, to those that were made in their place: then it makes none
          if (!fleet.last?.actions.some(({ kind }) => kind === 'add')) return;
          const there = fleet.bodies.filter(({ gone, state }) => gone === undefined && state === 'running').length + fleet.adding.length;
          const silent = fleet.bodies.filter(({ status, state }) => status !== undefined && status !== 'up' && state === 'running').length;
          expect(there - silent).toBeLessThanOrEqual(7);
        });
      }),
      RUNS,
    );
  });

  it('always comes back to what is wanted', () => {
    fc.assert(
      fc.property(fc.array(mishap, { maxLength: 8 }), (mishaps) => {
        const fleet = play(mishaps, 0, () => undefined);
        fleet.edgeAnswers = true;
        fleet.refuses = () => false;
        tell(fleet);
        // what they said was away is back
        for (const body of fleet.bodies) if (body.status === 'refusing') body.status = undefined;
        fleet.run(4 * MINUTE);
        expect(fleet.serving.length).toBe(fleet.last?.wanted);
        expect(fleet.serving.every(({ drift }) => drift.length === 0)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('decide, whenever replicas die or load comes while a revision is rolled out', () => {
  const rollOut = fc.record({
    boot: fc.constantFrom(undefined, 600, 1_500, 15_000),
    dies: fc.integer({ min: 1, max: 100 }),
    after: fc.integer({ min: 0, max: 100 }),
    grows: fc.integer({ min: 1, max: 200 }),
    load: fc.constantFrom(0, 25, 55),
  });

  it('has as many serve as are wanted within some seconds of it, never more than the maximum and one, and comes to an end', () => {
    fc.assert(
      fc.property(rollOut, ({ boot, dies, after, grows, load }) => {
        const fleet = new FleetSimulation({ boot: (revision) => (revision === 'new' ? 1_500 : boot) });
        fleet.run(3_000);
        fleet.goal = { ...fleet.goal, revision: 'next', previous: 'new', deploy: 'another' };
        const moments = new Map([
          [dies, 1],
          [dies + 1 + after, 2],
        ]);
        let troubled = 0;
        for (let step = 0; step < 400; step += 1) {
          const old = fleet.serving.filter(({ revision }) => revision === 'new').slice(0, moments.get(step) ?? 0);
          for (const body of old) body.state = 'exited';
          if (step === grows) fleet.load = () => load;
          if (old.length > 0 || step === grows) troubled = 0;
          fleet.step();
          troubled = fleet.serving.length < (fleet.last?.wanted ?? 0) ? troubled + 1 : 0;
          // one that has just been ready takes the place of those that were to stand in, and are not yet
          if (boot !== 15_000) expect(troubled * STEP).toBeLessThan(boot === undefined ? 3_000 : 6_000);
          const there = fleet.bodies.filter(({ gone, state }) => gone === undefined && state === 'running').length;
          expect(there + fleet.adding.length).toBeLessThanOrEqual(7);
        }
        const isReady = boot !== undefined;
        expect(fleet.last?.progress.state).toBe(isReady ? 'rolled-out' : 'rolled-back');
        expect(new Set(fleet.serving.map(({ revision }) => revision))).toEqual(new Set([isReady ? 'next' : 'new']));
        expect(fleet.serving).toHaveLength(fleet.last?.wanted ?? 0);
      }),
      RUNS,
    );
  });
});

describe('decide, whatever the load', () => {
  const step = fc.record({
    low: fc.integer({ min: 0, max: 30 }),
    high: fc.integer({ min: 30, max: 120 }),
    noise: fc.double({ min: 0, max: 0.09, noNaN: true }),
    seed: fc.integer(),
  });

  it('changes direction once at most on a step, however it trembles, and is back at the minimum by itself', () => {
    fc.assert(
      fc.property(step, ({ low, high, noise, seed }) => {
        const tremble = (now: number): number => 1 + noise * Math.sin(now * 7.3 + seed);
        const fleet = new FleetSimulation({ load: (now) => (now > 1_010_000 && now < 1_060_000 ? high : low) * tremble(now) });
        fleet.run(3 * MINUTE);
        expect(fleet.directions).toMatch(/^\+*-*$/);
        fleet.load = () => 0;
        expect(fleet.run(MINUTE).serving).toHaveLength(2);
      }),
      RUNS,
    );
  });

  it('stays between minimum and maximum', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 10, maxLength: 60 }), (loads) => {
        const fleet = new FleetSimulation();
        for (const load of loads) {
          fleet.load = () => load;
          fleet.run(1_500);
          expect(fleet.last?.wanted).toBeGreaterThanOrEqual(2);
          expect(fleet.last?.wanted).toBeLessThanOrEqual(6);
          expect(fleet.serving.length).toBeGreaterThanOrEqual(2);
          expect(fleet.serving.length).toBeLessThanOrEqual(6);
        }
      }),
      RUNS,
    );
  });
});
