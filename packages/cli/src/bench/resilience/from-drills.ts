import { loadDrill } from '@seaworthy/drills';
import type { DrillPlatform } from '@seaworthy/drills';
import type { Figure } from '../figures.ts';

type Measured = Omit<Figure, 'values'> & { readonly fact: string };

/** What both steps of the load measure; they differ in what their customers do. */
const stepFigures = (id: string, customers: string): Measured[] => [
  { id: `${id}-doubled`, title: `load step ×4, ${customers}: replicas doubled`, unit: 'ms', target: 5_000, fact: 'doubled after, ms' },
  { id: `${id}-turns`, title: 'changes of direction', unit: 'count', target: 1, fact: 'changes of direction' },
];

/** What drills measure anyway, with what is promised of it. */
const MEASURED: Readonly<Record<string, readonly Measured[]>> = {
  'freeze-a-replica': [
    { id: 'frozen-out', title: 'frozen replica: out of rotation', unit: 'ms', target: 2_000, fact: 'out of rotation, ms' },
  ],
  'load-step': [
    ...stepFigures('step', 'clients fill the machine'),
    { id: 'step-back', title: 'back at the minimum, by itself', unit: 'ms', fact: 'back at the minimum after, ms' },
  ],
  'follower-step': stepFigures('followers', 'requests that wait'),
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
