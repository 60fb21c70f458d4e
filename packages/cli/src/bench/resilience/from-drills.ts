import { loadDrill } from '@seaworthy/drills';
import type { DrillPlatform } from '@seaworthy/drills';
import type { Figure } from '../figures.ts';

/** What drills measure anyway, with what is promised of it. */
const MEASURED: Readonly<Record<string, readonly (Omit<Figure, 'values'> & { readonly fact: string })[]>> = {
  'freeze-a-replica': [
    { id: 'frozen-out', title: 'frozen replica: out of rotation', unit: 'ms', target: 2_000, fact: 'out of rotation, ms' },
  ],
  'load-step': [
    {
      id: 'step-doubled',
      title: 'load step ×4, clients fill the machine: replicas doubled',
      unit: 'ms',
      target: 5_000,
      fact: 'doubled after, ms',
    },
    { id: 'step-turns', title: 'changes of direction', unit: 'count', target: 1, fact: 'changes of direction' },
    { id: 'step-back', title: 'back at the minimum, by itself', unit: 'ms', fact: 'back at the minimum after, ms' },
  ],
  'follower-step': [
    {
      id: 'followers-doubled',
      title: 'load step ×4, requests that wait: replicas doubled',
      unit: 'ms',
      target: 5_000,
      fact: 'doubled after, ms',
    },
    { id: 'followers-turns', title: 'changes of direction', unit: 'count', target: 1, fact: 'changes of direction' },
  ],
};

export async function fromDrills(platform: DrillPlatform, onProgress: (text: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [id, measured] of Object.entries(MEASURED)) {
    onProgress(id);
    const { kind, reason, facts = {} } = await (await loadDrill(id)).run(platform);
    if (kind !== 'refused') throw new Error(`expected the drill ${id} to be refused, found that it succeeded: ${reason}`);
    figures.push(...measured.map(({ fact, ...figure }): Figure => ({ ...figure, values: [Number(facts[fact])] })));
  }
  return figures;
}
