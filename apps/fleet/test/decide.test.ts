import { describe, expect, it } from '@jest/globals';
import { adds, live } from './decide.fixture.ts';
import { FleetSimulation, turn } from './fleet.simulation.ts';

const ids = (simulation: FleetSimulation) => live(simulation).map(({ id }) => id);

describe('decide › nothing is wrong', () => {
  it('does nothing', () => {
    expect(new FleetSimulation().run(60_000).history).toEqual([]);
  });
  it('starts from nothing with the minimum, at once', () => {
    const fleet = new FleetSimulation({ replicas: 0 }).run(5_000);
    expect(fleet.reasons).toEqual(['add REPLACE', 'add REPLACE']);
    expect(fleet.last).toMatchObject({ serving: 2, progress: { state: 'rolled-out' } });
  });
});

describe('decide › healing', () => {
  it.each(['exited', 'paused'] as const)('replaces a replica that is %s, at once', (state) => {
    const fleet = new FleetSimulation();
    const victim = fleet.bodies[0];
    if (victim) victim.state = state;
    fleet.step();
    expect(fleet.reasons.toSorted()).toEqual(['add REPLACE', state === 'exited' ? 'remove DEAD' : 'remove HUNG']);
    fleet.run(5_000);
    expect(ids(fleet)).not.toContain(victim?.id);
    expect(fleet.serving).toHaveLength(2);
  });
  it('replaces all that are dead together', () => {
    const fleet = new FleetSimulation({ replicas: 3 });
    for (const body of fleet.bodies) body.state = 'exited';
    fleet.step();
    expect(fleet.reasons.filter((reason) => reason === 'remove DEAD')).toHaveLength(3);
    expect(fleet.run(5_000).serving).toHaveLength(2);
  });
  it('replaces one that runs and does not answer, after a second', () => {
    const fleet = new FleetSimulation();
    const [victim] = fleet.bodies;
    if (victim) turn(fleet, victim, 'silent');
    fleet.run(600);
    expect(fleet.history).toEqual([]);
    fleet.run(900);
    expect(fleet.reasons.toSorted()).toEqual(['add REPLACE', 'remove HUNG']);
  });
  it('takes those that seem to hang one at a time, the next when the successor is ready', () => {
    const fleet = new FleetSimulation({ boot: () => 5_000 });
    for (const body of fleet.bodies) turn(fleet, body, 'silent');
    fleet.run(4_000);
    expect(fleet.reasons.filter((reason) => reason === 'remove HUNG')).toHaveLength(1);
    fleet.run(20_000);
    expect(fleet.reasons.filter((reason) => reason === 'remove HUNG')).toHaveLength(2);
    expect(fleet.serving).toHaveLength(2);
  });
  it('replaces one that says it is not ready while the other is', () => {
    const fleet = new FleetSimulation();
    const [victim] = fleet.bodies;
    if (victim) turn(fleet, victim, 'refusing');
    expect(fleet.run(9_000).history).toEqual([]);
    expect(fleet.run(2_000).reasons.toSorted()).toEqual(['add REPLACE', 'remove FAILING']);
  });
  it('leaves all alone that say they are not ready: what they need is away', () => {
    const fleet = new FleetSimulation();
    for (const body of fleet.bodies) turn(fleet, body, 'refusing');
    expect(fleet.run(60_000).history).toEqual([]);
    expect(fleet.last?.holding).toMatch(/what they need is away/);
  });
  it('leaves the last one alone when what they need is back, and it follows a little after the first', () => {
    const fleet = new FleetSimulation();
    for (const body of fleet.bodies) turn(fleet, body, 'refusing');
    fleet.run(30_000);
    const [first, last] = fleet.bodies;
    if (first) turn(fleet, first, 'up');
    fleet.run(5_000);
    if (last) turn(fleet, last, 'up');
    expect(fleet.run(5_000).history).toEqual([]);
  });
  it('takes nobody for hung while the edge does not answer', () => {
    const fleet = new FleetSimulation();
    fleet.edgeAnswers = false;
    for (const body of fleet.bodies) turn(fleet, body, 'silent');
    expect(fleet.run(60_000).history).toEqual([]);
    expect(fleet.last?.holding).toMatch(/edge does not answer/);
  });
  it('replaces one that is dead also while the edge does not answer', () => {
    const fleet = new FleetSimulation();
    fleet.edgeAnswers = false;
    const [victim] = fleet.bodies;
    if (victim) victim.state = 'exited';
    expect(
      fleet
        .step()
        .actions.map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['add', 'remove']);
  });
  it('tries ever more slowly when new ones do not get ready', () => {
    const fleet = new FleetSimulation({ replicas: 0, boot: () => undefined });
    fleet.run(300_000);
    expect(fleet.history.filter(({ action }) => action.kind === 'add').length).toBeLessThan(20);
    expect(fleet.last?.progress).toMatchObject({ state: 'failing' });
  });
  it('tries ever more slowly when the engine does not make new ones, and is back soon after it does', () => {
    const fleet = new FleetSimulation();
    fleet.run(3_000);
    fleet.refuses = () => true;
    const [victim] = fleet.bodies;
    if (victim) victim.state = 'exited';
    fleet.run(180_000);
    expect(adds(fleet)).toBeLessThan(25);
    expect(fleet.last?.holding).toMatch(/before the next try/);
    fleet.refuses = () => false;
    expect(fleet.run(40_000).serving).toHaveLength(2);
  });
});

describe('decide › replicas of which the engine does not tell', () => {
  const untold = (fleet: FleetSimulation, ...indices: number[]): void => {
    for (const index of indices) Object.assign(fleet.bodies[index] ?? {}, { state: 'unknown', since: fleet.now });
  };

  it('waits: the engine may be busy', () => {
    const fleet = new FleetSimulation();
    untold(fleet, 0, 1);
    expect(fleet.run(9_000).history).toEqual([]);
    expect(fleet.last?.serving).toBe(0);
  });
  it('makes another after a while, and never takes one away for that', () => {
    const fleet = new FleetSimulation();
    untold(fleet, 0);
    fleet.run(60_000);
    expect(fleet.reasons).toEqual(['add REPLACE']);
    expect(fleet.last?.holding).toMatch(/does not tell of new-1: left alone/);
  });
  it('has one too many when it is told again, and lets that go', () => {
    const fleet = new FleetSimulation();
    untold(fleet, 0);
    fleet.run(20_000);
    for (const body of fleet.bodies) body.state = 'running';
    fleet.run(10_000);
    expect(fleet.reasons).toEqual(['add REPLACE', 'remove SCALE_DOWN']);
  });
  it('replaces those that are dead meanwhile', () => {
    const fleet = new FleetSimulation();
    untold(fleet, 0);
    Object.assign(fleet.bodies[1] ?? {}, { state: 'exited' });
    fleet.step();
    expect(fleet.reasons.toSorted()).toEqual(['add REPLACE', 'remove DEAD']);
  });
  it('makes no more than the maximum and one, with them', () => {
    const fleet = new FleetSimulation({ replicas: 6, load: () => 60 });
    untold(fleet, 0, 1, 2, 3);
    fleet.run(120_000);
    expect(fleet.bodies).toHaveLength(7);
  });
  it('keeps as many as a fleet finds that begins then', () => {
    const fleet = new FleetSimulation({ replicas: 4, load: () => undefined });
    untold(fleet, 0);
    fleet.run(3_000);
    expect(fleet.last?.wanted).toBe(4);
  });
  it('lets no other drain that may be needed', () => {
    const fleet = new FleetSimulation({ replicas: 3 });
    untold(fleet, 0);
    expect(fleet.run(9_000).history).toEqual([]);
  });
});

describe('decide › drift', () => {
  it.each(['ENTERED', 'FILE_WRITTEN', 'CONFIGURATION'] as const)(
    'replaces one that has drifted (%s): first one more, then it drains',
    (code) => {
      const fleet = new FleetSimulation();
      const [victim] = fleet.bodies;
      if (victim) victim.drift = [{ code, detail: 'x' }];
      const serving: number[] = [];
      fleet.run(10_000, () => serving.push(fleet.serving.length));
      expect(fleet.reasons).toEqual(['add REPLACE', `remove ${code}`]);
      expect(fleet.history[1]?.action).toMatchObject({ how: 'drain', id: victim?.id });
      expect(Math.min(...serving)).toBe(2);
      expect(ids(fleet)).not.toContain(victim?.id);
    },
  );
  it('replaces all that have drifted, and never has fewer than wanted', () => {
    const fleet = new FleetSimulation({ replicas: 6, load: () => 60 });
    for (const body of fleet.bodies) body.drift = [{ code: 'ENTERED', detail: 'x' }];
    const counts: number[] = [];
    fleet.run(60_000, () => counts.push(fleet.serving.length));
    expect(live(fleet).every(({ drift }) => drift.length === 0)).toBe(true);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([6, 6]);
  });
});

describe('decide › drift of every replica as soon as it starts', () => {
  it('replaces ever more slowly: it may be the fleet that errs', () => {
    const fleet = new FleetSimulation();
    fleet.run(120_000, () => {
      for (const body of fleet.bodies) body.drift = [{ code: 'FILE_WRITTEN', detail: 'x' }];
    });
    expect(fleet.history.filter(({ action }) => action.kind === 'add').length).toBeLessThan(20);
    expect(fleet.serving.length).toBeGreaterThanOrEqual(2);
  });
});

describe('decide › load', () => {
  it('follows a step up at once and down slowly, with one change of direction', () => {
    const fleet = new FleetSimulation({ load: (now) => (now > 1_010_000 && now < 1_040_000 ? 40 : 10) });
    fleet.run(15_000);
    expect(fleet.serving).toHaveLength(4);
    expect(fleet.history.every(({ at }) => at - 1_010_000 < 1_500)).toBe(true);
    fleet.run(60_000);
    expect(fleet.serving).toHaveLength(2);
    expect(fleet.directions).toBe('++--');
  });
  it('makes as many as a growing load needs at once: its average lags behind', () => {
    const growing = (now: number): number => Math.min(40, Math.max(10, 10 + (now - 1_010_000) / 30));
    const fleet = new FleetSimulation({ load: growing });
    fleet.run(15_000);
    expect(fleet.serving).toHaveLength(4);
    expect(new Set(fleet.history.map(({ at }) => at)).size).toBe(1);
  });
  it('does not swing with a load that swings slowly around what two can bear', () => {
    const fleet = new FleetSimulation({ load: (now) => (Math.floor(now / 20_000) % 2 === 0 ? 21.5 : 18.5) });
    fleet.run(200_000);
    expect(fleet.directions).toBe('+');
  });
  it('knows nothing of the load while the edge does not answer, and keeps what is there', () => {
    const fleet = new FleetSimulation({ replicas: 4, load: () => undefined });
    expect(fleet.run(60_000).history).toEqual([]);
  });
});

describe('decide › drift while the edge says nothing of it', () => {
  const drift = (fleet: FleetSimulation) => {
    for (const body of fleet.bodies) body.drift = [{ code: 'ENTERED', detail: 'x' }];
  };
  const kills = (fleet: FleetSimulation) => fleet.history.filter(({ action }) => action.kind === 'remove' && action.how === 'kill');

  it('kills none when the fleet begins and the edge does not answer; when it does, they drain one by one', () => {
    const fleet = new FleetSimulation();
    fleet.edgeAnswers = false;
    fleet.restart();
    drift(fleet);
    const counts: number[] = [];
    fleet.run(60_000, () => counts.push(fleet.serving.length));
    expect(fleet.reasons).not.toContain('remove ENTERED');
    fleet.edgeAnswers = true;
    fleet.run(20_000, () => counts.push(fleet.serving.length));
    expect(kills(fleet)).toEqual([]);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    expect(fleet.serving.map((body) => body.drift)).toEqual([[], []]);
  });
  it('kills none that it does not know yet, as after its own start', () => {
    const fleet = new FleetSimulation();
    drift(fleet);
    for (const body of fleet.bodies) turn(fleet, body, 'unseen');
    expect(fleet.run(1_800).reasons).not.toContain('remove ENTERED');
    for (const body of fleet.bodies.filter(({ status }) => status === 'unseen')) turn(fleet, body, 'up');
    fleet.run(20_000);
    expect(kills(fleet)).toEqual([]);
    expect(fleet.serving.map((body) => body.drift)).toEqual([[], []]);
  });
  it('kills those that it goes on not to know, though they leave no room for enough others', () => {
    const fleet = new FleetSimulation({ goal: { scale: { min: 2, max: 2, targetConcurrency: 10 } } });
    drift(fleet);
    for (const body of fleet.bodies) turn(fleet, body, 'unseen');
    fleet.run(20_000);
    expect(fleet.serving.map((body) => body.drift)).toEqual([[], []]);
  });
});
