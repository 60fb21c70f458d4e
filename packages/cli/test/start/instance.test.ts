import { describe, expect, it } from '@jest/globals';
import { copyProjects, debugInstance, developmentInstance, mainInstance, throwAwayInstance } from '../../src/instance.ts';

describe('a throw-away copy', () => {
  const main = mainInstance('/clone', {});
  const copy = throwAwayInstance(main, 'copy', 1);

  it('shares no name, port, subnet or key with the user’s own', () => {
    expect(copy.project).not.toBe(main.project);
    expect(copy.stateDir).not.toBe(main.stateDir);
    expect(copy.subnet).not.toBe(main.subnet);
    const ports = [...Object.values(main.ports), ...Object.values(copy.ports)];
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports.every((port) => port < 65_536)).toBe(true);
  });

  it('is known for one by its name, and so are those of dev, debug and bench, and what bench starts in its own', () => {
    const bench = throwAwayInstance(main, 'bench', 2);
    const all = [copy, bench, developmentInstance(main), debugInstance(main), developmentInstance(bench)];
    expect(copyProjects(main.project)).toEqual(expect.arrayContaining(all.map(({ project }) => project)));
    expect(copyProjects(main.project)).not.toContain(main.project);
  });

  it('shares what was built', () => {
    expect(copy.sharedDir).toBe(main.sharedDir);
  });
});

describe('the user’s own copy', () => {
  it('can be moved to other ports and subnets', () => {
    expect(mainInstance('/clone', { SEAWORTHY_EDGE_PORT: '10443', SEAWORTHY_SUBNET: '10.99', SEAWORTHY_PROJECT: 'second' })).toMatchObject({
      project: 'second',
      subnet: '10.99',
      ports: { edge: 10_443, registry: 5443 },
    });
  });
});
