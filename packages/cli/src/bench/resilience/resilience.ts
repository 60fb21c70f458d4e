import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drillPlatform } from '../../drill/drill-platform.ts';
import { platformDispatcher } from '../../platform/dispatcher.ts';
import { connectPlatform } from '../../start/connect.ts';
import type { Progress } from '../../ui/progress.ts';
import { figureTable, type Figure } from '../figures.ts';
import { fromDrills } from './from-drills.ts';
import { killedFigures, killInTurn } from './kill-in-turn.ts';
import { rollUnderLoad } from './roll-under-load.ts';
import { ShopLoad } from './shop-load.ts';
import type { Readers } from './steady-reads.ts';

const A_FEW: Readers = { clients: 6, pause: 10 };
/** Still fewer than make the fleet want more replicas: 16 requests in hand are enough for one, and there are two. */
const MANY: Readers = { clients: 20, pause: 5 };

/** What the fleet and the edge are measured by, on the platform that runs: replicas die and are replaced, and orders are taken back. */
export async function resilience(requests: number, progress: Progress): Promise<Figure[]> {
  const running = await connectPlatform();
  const platform = drillPlatform(running);
  const rootPem = readFileSync(join(running.instance.stateDir, 'trust', 'root.pem'), 'utf8');
  const dispatcher = platformDispatcher(running.instance, rootPem);
  const under = async <T>(readers: Readers, work: (load: ShopLoad) => Promise<T>): Promise<T> => {
    const load = await ShopLoad.begin(platform, dispatcher, readers);
    try {
      return await work(load);
    } finally {
      await load.abandon();
    }
  };
  const figures: Figure[] = [];
  try {
    const quiet = await progress.stage('Killing each replica in turn, without load', async (stage) =>
      killInTurn(platform, (text) => stage.update(text)),
    );
    const stages: readonly (readonly [string, (tell: (text: string) => void) => Promise<Figure[]>])[] = [
      [
        'Killing each replica in turn, under load',
        async (tell) => under(A_FEW, async (load) => killedFigures(quiet, await killInTurn(platform, tell), await load.end())),
      ],
      ['Freezing a replica, and a step of the load', async (tell) => fromDrills(platform, tell)],
      [
        'Replacing each replica by another version, under load',
        async (tell) => under(MANY, async (load) => rollUnderLoad(platform, load, requests, tell)),
      ],
    ];
    for (const [title, measure] of stages)
      figures.push(...(await progress.stage(title, async (stage) => measure((text) => stage.update(text)))));
    return figures;
  } catch (error) {
    // it took minutes: what is known is told, whatever came after
    if (figures.length > 0) progress.line(`Measured until then:\n${figureTable(figures)}`);
    throw error;
  } finally {
    await platform.close();
    await dispatcher.close();
    await running.access.close();
  }
}
