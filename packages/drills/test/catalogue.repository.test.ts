import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drillFolder, drillIds, loadDrill } from '../src/index.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the drills', () => {
  it('are found by their folders', () => {
    expect(drillIds()).toEqual(expect.arrayContaining(['unsigned-image', 'job-dials-out']));
    expect(new Set(drillIds()).size).toBe(drillIds().length);
  });

  it.each(drillIds())('%s says what is attacked, what stops it, for which reason, and how that is taken away', async (id) => {
    const { title, practices, attack, control, refusals, withoutControl } = await loadDrill(id);
    expect([title, attack, control, withoutControl.summary].every((text) => text.length > 10)).toBe(true);
    expect(practices.length * refusals.length * withoutControl.services.length).toBeGreaterThan(0);
    // a copy that differs in nothing would prove nothing
    const { admission, overlay, trust, builds, files, without = [], services } = withoutControl;
    expect([admission, overlay, trust, builds, files].some((change) => change !== undefined) || without.length > 0).toBe(true);
    expect(services.filter((service) => without.includes(service))).toEqual([]);
    if (withoutControl.overlay !== undefined) expect(existsSync(join(drillFolder(id), withoutControl.overlay))).toBe(true);
  });

  it('are all tried by npm test, but for these, which take minutes', async () => {
    const drills = await Promise.all(drillIds().map(async (id) => ({ id, slow: (await loadDrill(id)).slow })));
    const slow = drills.filter((drill) => drill.slow).map(({ id }) => id);
    expect(slow.toSorted()).toEqual(['charged-once', 'follower-step', 'partition', 'slow-and-reset-connections']);
  });

  it.each(drillIds())('%s changes what the sources still say', async (id) => {
    const { builds = {}, files = {} } = (await loadDrill(id)).withoutControl;
    const edits = [...Object.values(builds).flat(), ...Object.values(files).flatMap((one) => one.edits)];
    for (const { file, found, becomes } of edits) {
      expect({ file, found, times: readFileSync(join(ROOT, file), 'utf8').split(found).length - 1 }).toEqual({ file, found, times: 1 });
      expect(becomes).not.toBe(found);
    }
  });

  it('say which there are when there is no such one', async () => {
    await expect(loadDrill('../../etc/passwd')).rejects.toThrow(/expected the id of a drill.*unsigned-image/);
  });
});
