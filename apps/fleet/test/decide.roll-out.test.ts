import { beforeEach, describe, expect, it } from '@jest/globals';
import { adds, live } from './decide.fixture.ts';
import { FleetSimulation, turn } from './fleet.simulation.ts';

describe('decide › a rolling deploy', () => {
  const deploy = (fleet: FleetSimulation, revision: string) => {
    fleet.goal = { ...fleet.goal, revision, previous: fleet.goal.revision, deploy: `${revision} at ${fleet.now}` };
  };
  /** As a deploy ends: what ran before is wanted again, with nothing to go back to. */
  const settle = (fleet: FleetSimulation) => {
    const { previous, ...goal } = fleet.goal;
    fleet.goal = { ...goal, revision: previous ?? goal.revision };
  };
  it('makes one more first, then takes one away, until all are new', () => {
    const fleet = new FleetSimulation();
    fleet.run(1_000);
    deploy(fleet, 'newer');
    const counts: number[] = [];
    fleet.run(20_000, () => counts.push(fleet.serving.length));
    expect(fleet.reasons).toEqual(['add ROLL_OUT', 'remove ROLL_OUT', 'add ROLL_OUT', 'remove ROLL_OUT']);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([2, 3]);
    expect(live(fleet).map(({ revision }) => revision)).toEqual(['newer', 'newer']);
    expect(fleet.last?.progress).toEqual({ state: 'rolled-out' });
  });
  it('goes back by itself when the new one does not get ready, and takes none that serves', () => {
    const fleet = new FleetSimulation({ boot: (revision) => (revision === 'broken' ? undefined : 1_500) });
    fleet.run(1_000);
    deploy(fleet, 'broken');
    const counts: number[] = [];
    fleet.run(60_000, () => counts.push(fleet.serving.length));
    expect(fleet.last?.progress).toMatchObject({ state: 'rolled-back', reason: expect.stringContaining('not ready') });
    expect(Math.min(...counts)).toBe(2);
    expect(live(fleet).map(({ revision }) => revision)).toEqual(['new', 'new']);
    expect(fleet.history.filter(({ action }) => action.kind === 'add')).toHaveLength(1);
  });
  it('gives one up that ends twice before it is ready, and goes on counting while it tries', () => {
    const fleet = new FleetSimulation({ boot: (revision) => (revision === 'broken' ? undefined : 1_500) });
    deploy(fleet, 'broken');
    fleet.run(20_000, () => {
      for (const body of fleet.bodies) if (body.revision === 'broken') body.state = 'exited';
    });
    expect(fleet.reasons.filter((reason) => reason === 'add ROLL_OUT')).toHaveLength(2);
    expect(fleet.last?.progress).toMatchObject({ state: 'rolled-back', reason: 'its process ended with 0' });
  });
  describe('of a version that was given up once', () => {
    let boot: number | undefined;
    let fleet: FleetSimulation;
    const tries = () => fleet.history.filter(({ action }) => action.kind === 'add' && action.revision === 'broken').length;
    beforeEach(() => {
      boot = undefined;
      fleet = new FleetSimulation({ boot: (revision) => (revision === 'broken' ? boot : 1_500) });
      deploy(fleet, 'broken');
      fleet.run(40_000);
    });

    it('tries it anew when it is deployed again: what it needed may be back', () => {
      settle(fleet);
      fleet.run(3_000);
      boot = 1_500;
      deploy(fleet, 'broken');
      fleet.run(20_000);
      expect(fleet.last?.progress).toEqual({ state: 'rolled-out' });
      expect(live(fleet).map(({ revision }) => revision)).toEqual(['broken', 'broken']);
    });
    it('gives it up once more, after a try of its own, when nothing has changed', () => {
      settle(fleet);
      fleet.run(3_000);
      deploy(fleet, 'broken');
      fleet.run(10_000);
      expect(fleet.last?.progress).toEqual({ state: 'rolling-out' });
      fleet.run(30_000);
      expect(fleet.last?.progress).toMatchObject({ state: 'rolled-back' });
      expect(tries()).toBe(2);
    });
    it('tries it anew also when the deploy before was interrupted, and took nothing back', () => {
      boot = 1_500;
      fleet.goal = { ...fleet.goal, deploy: 'another' };
      fleet.run(20_000);
      expect(fleet.last?.progress).toEqual({ state: 'rolled-out' });
    });
    it('does not try it anew within the same deploy', () => {
      boot = 1_500;
      fleet.run(60_000);
      expect(tries()).toBe(1);
    });
  });
  it('gives one up that the engine does not start, after two tries', () => {
    const fleet = new FleetSimulation();
    fleet.run(1_000);
    fleet.refuses = (revision) => revision === 'broken';
    deploy(fleet, 'broken');
    fleet.run(10_000);
    expect(fleet.reasons).toEqual(['add ROLL_OUT', 'add ROLL_OUT']);
    expect(fleet.last?.progress).toEqual({ state: 'rolled-back', reason: 'the engine refuses' });
    expect(fleet.serving.map(({ revision }) => revision)).toEqual(['new', 'new']);
  });
  it('does not give up one that was ready once because the engine starts no more of it', () => {
    const fleet = new FleetSimulation();
    deploy(fleet, 'newer');
    fleet.run(20_000);
    fleet.refuses = () => true;
    for (const body of fleet.bodies) body.state = 'exited';
    fleet.run(60_000);
    fleet.refuses = () => false;
    expect(fleet.run(40_000).serving.map(({ revision }) => revision)).toEqual(['newer', 'newer']);
  });
  it('tries ever more slowly also what ran before, when the engine starts nothing after it went back', () => {
    const fleet = new FleetSimulation();
    fleet.run(1_000);
    fleet.refuses = () => true;
    deploy(fleet, 'broken');
    fleet.run(10_000);
    const before = adds(fleet);
    const [victim] = fleet.serving;
    if (victim) victim.state = 'exited';
    fleet.run(120_000);
    expect(adds(fleet) - before).toBeLessThan(15);
  });
  it('heals with what ran before while the new one is given up', () => {
    const fleet = new FleetSimulation({ boot: (revision) => (revision === 'broken' ? undefined : 1_500) });
    deploy(fleet, 'broken');
    fleet.run(40_000);
    const [victim] = fleet.serving;
    if (victim) victim.state = 'exited';
    fleet.run(5_000);
    expect(fleet.serving.map(({ revision }) => revision)).toEqual(['new', 'new']);
  });
  describe('of a version that does not get ready', () => {
    const kill = (fleet: FleetSimulation, count: number) => {
      for (const body of fleet.serving.slice(0, count)) body.state = 'exited';
    };
    const begin = () => {
      const fleet = new FleetSimulation({ boot: (revision) => (revision === 'broken' ? undefined : 1_500) });
      fleet.run(3_000);
      deploy(fleet, 'broken');
      return fleet.run(1_500);
    };
    it('has what ran before stand in for those of it that die, at once', () => {
      const fleet = begin();
      kill(fleet, 1);
      expect(fleet.step().actions).toContainEqual(expect.objectContaining({ kind: 'add', revision: 'new' }));
      expect(fleet.run(2_700).serving).toHaveLength(2);
      kill(fleet, 2);
      expect(fleet.run(3_000).serving.map(({ revision }) => revision)).toEqual(['new', 'new']);
      expect(fleet.last?.progress).toEqual({ state: 'rolling-out' });
      fleet.run(40_000);
      expect(fleet.last?.progress).toMatchObject({ state: 'rolled-back' });
      expect(live(fleet).map(({ revision }) => revision)).toEqual(['new', 'new']);
    });
    it('has it follow the load meanwhile', () => {
      const fleet = begin();
      fleet.load = () => 55;
      expect(fleet.run(3_000).serving).toHaveLength(6);
      expect(fleet.last?.progress).toEqual({ state: 'rolling-out' });
      expect(fleet.reasons.filter((reason) => reason === 'add SCALE_UP')).toHaveLength(4);
    });
    it('has another tried of it while those that stand in are not made', () => {
      const fleet = begin();
      fleet.refuses = (revision) => revision === 'new';
      kill(fleet, 1);
      fleet.run(60_000);
      expect(fleet.last?.progress).toMatchObject({ state: 'rolled-back' });
      expect(fleet.history.filter(({ action }) => action.kind === 'add' && action.revision === 'new').length).toBeLessThan(12);
    });
  });
  it('begins with the deployed version where nothing runs', () => {
    const fleet = new FleetSimulation({ replicas: 0, goal: { revision: 'newer', previous: 'new' } }).run(5_000);
    expect(fleet.serving.map(({ revision }) => revision)).toEqual(['newer', 'newer']);
    expect(fleet.history).toHaveLength(2);
  });
  it('follows the load with the new one, all at once, when one of it has been ready', () => {
    const fleet = new FleetSimulation();
    fleet.run(1_000);
    deploy(fleet, 'newer');
    fleet.run(4_000);
    fleet.load = () => 55;
    fleet.run(900);
    expect(fleet.adding.map(({ revision }) => revision)).toEqual(expect.arrayContaining(['newer', 'newer', 'newer', 'newer']));
    fleet.run(20_000);
    expect(fleet.serving.map(({ revision }) => revision)).toEqual(Array.from({ length: 6 }, () => 'newer'));
  });
  it('is not taken back when all begin anew, slowly, though the deploy still names what ran before', () => {
    let boot = 1_500;
    const fleet = new FleetSimulation({ boot: () => boot });
    deploy(fleet, 'newer');
    fleet.run(20_000);
    expect(fleet.last?.progress).toEqual({ state: 'rolled-out' });
    boot = 25_000;
    fleet.restartEngine();
    fleet.restart();
    fleet.run(21_000);
    boot = 1_500;
    fleet.run(20_000);
    expect(fleet.last?.progress).toEqual({ state: 'rolled-out' });
    expect(fleet.history.every(({ action }) => action.kind === 'remove' || action.revision === 'newer')).toBe(true);
  });
  it('is taken back by a fleet that begins in the middle of it, when some of what ran before are there', () => {
    const fleet = new FleetSimulation({ boot: (revision) => (revision === 'broken' ? undefined : 1_500) });
    deploy(fleet, 'broken');
    fleet.run(3_000);
    fleet.restart();
    fleet.run(40_000);
    expect(fleet.last?.progress).toMatchObject({ state: 'rolled-back' });
  });
  it.each([
    ['have just been made', 0, 0],
    ['the engine has started again and again', 12_000, 2],
  ])('is taken back by a fleet that begins where there are none but some of it, which %s', (_what, after, restarts) => {
    const boot = (revision: string) => (revision === 'broken' ? undefined : 1_500);
    const fleet = new FleetSimulation({ replicas: 0, boot, goal: { revision: 'broken', previous: 'new' } });
    fleet.run(3_000 + after);
    expect(live(fleet).map(({ revision }) => revision)).toEqual(['broken', 'broken']);
    if (restarts > 0) for (const body of fleet.bodies) Object.assign(body, { startedAt: fleet.now, restarts });
    fleet.restart();
    fleet.run(60_000);
    expect(fleet.last?.progress).toMatchObject({ state: 'rolled-back' });
    expect(fleet.serving.map(({ revision }) => revision)).toEqual(['new', 'new']);
  });
  it('is not taken back by a fleet that begins long after it, while what it needs is away', () => {
    let boot: number | undefined = 1_500;
    const fleet = new FleetSimulation({ boot: () => boot });
    deploy(fleet, 'newer');
    fleet.run(60_000);
    boot = undefined;
    for (const body of fleet.bodies) turn(fleet, body, 'refusing');
    fleet.restart();
    fleet.step();
    const [victim] = fleet.bodies;
    if (victim) victim.state = 'exited';
    fleet.run(60_000);
    expect(fleet.last?.progress).toEqual({ state: 'rolling-out' });
    expect(live(fleet).every(({ revision }) => revision === 'newer')).toBe(true);
  });
  it.each([true, false])('makes what ran before ever more slowly when it fails after it went back; one of it serves: %s', (oneServes) => {
    const fleet = new FleetSimulation({ boot: (revision) => (revision === 'broken' ? undefined : 1_500) });
    fleet.run(3_000);
    deploy(fleet, 'broken');
    fleet.run(40_000);
    const [first] = fleet.serving;
    const failing = { state: 'exited', wasUp: false, readyAt: undefined };
    for (const settled of [false, true]) {
      if (settled) settle(fleet);
      const before = adds(fleet);
      fleet.run(120_000, () => {
        for (const body of fleet.bodies.filter((one) => one !== first || !oneServes)) Object.assign(body, failing);
      });
      expect(adds(fleet) - before).toBeLessThan(14);
    }
  });
  it('goes on where a fleet that was started again finds it', () => {
    const fleet = new FleetSimulation();
    deploy(fleet, 'newer');
    for (let second = 0; second < 30; second += 1) {
      fleet.run(1_000);
      fleet.restart();
    }
    fleet.run(5_000);
    expect(live(fleet).map(({ revision }) => revision)).toEqual(['newer', 'newer']);
  });
  describe('when the engine is started again in the middle of it', () => {
    it.each([
      ['it goes on with those that come up', 'newer', ['newer', 'newer']],
      ['it goes back to those that come up', 'broken', ['new', 'new']],
    ])('none is taken away before another is up: %s', (_what, revision, outcome) => {
      const fleet = new FleetSimulation({ boot: (one) => (one === 'broken' ? undefined : 1_500) });
      fleet.run(1_000);
      deploy(fleet, revision);
      fleet.run(1_200);
      expect(live(fleet).map((body) => body.revision)).toEqual(['new', 'new', revision]);
      fleet.restartEngine();
      fleet.run(1_200);
      expect(live(fleet)).toHaveLength(3);
      fleet.run(900);
      const counts: number[] = [];
      fleet.run(60_000, () => counts.push(fleet.serving.length));
      expect(Math.min(...counts)).toBe(2);
      expect(live(fleet).map((body) => body.revision)).toEqual(outcome);
    });
    it('old ones that come up no more do not hold it up: they go when a new one is up', () => {
      let isOldBroken = false;
      const fleet = new FleetSimulation({ boot: (one) => (one === 'new' && isOldBroken ? undefined : 1_500) });
      deploy(fleet, 'newer');
      fleet.run(1_200);
      isOldBroken = true;
      fleet.restartEngine();
      fleet.run(6_000);
      expect(fleet.serving.map((body) => body.revision)).toEqual(['newer', 'newer']);
    });
  });
  it('replaces what no deploy made', () => {
    const fleet = new FleetSimulation();
    for (const [index, body] of fleet.bodies.entries()) fleet.bodies[index] = { ...body, revision: undefined };
    fleet.run(20_000);
    expect(live(fleet).map(({ revision }) => revision)).toEqual(['new', 'new']);
  });
});
