import type { Drill } from '../../drill.ts';
import { SCALING, stepOfLoad } from '../step-of-load.ts';
import { Traffic } from '../traffic.ts';

export const drill: Drill = {
  title: 'Four times the load, from one moment to the next',
  practices: ['1.2'],
  attack: 'Four times as many customers as a moment ago read the catalog, without a pause. Then most of them go.',
  control: SCALING,
  refusals: ['SCALED'],
  run: async (platform) =>
    stepOfLoad(platform, 'catalog', async (clients) => {
      const traffic = Traffic.reads(platform, { clients, pause: 0 });
      return {
        stop: async () => {
          await traffic.stop();
          return { requests: traffic.answers.length, lost: traffic.lost.length };
        },
      };
    }),
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'edge', 'catalog'],
    without: ['fleet'],
  },
};
