import type { Drill } from '../../drill.ts';
import { SCALING, stepOfLoad } from '../step-of-load.ts';
import { FollowedOrders, Followers } from './followers.ts';

export const drill: Drill = {
  title: 'Four times the customers who follow their orders, from one moment to the next',
  practices: ['1.2'],
  attack:
    'Four times as many customers as a moment ago wait for news of their orders: requests that stay in hand and take next to nothing of the processor, so that nobody who looks at that would notice. Then they go.',
  control: SCALING,
  refusals: ['SCALED'],
  slow: true,
  async run(platform) {
    const orders = await FollowedOrders.place(platform);
    try {
      return await stepOfLoad(platform, 'orders', async (count) => Followers.begin(orders, count));
    } finally {
      await orders.takeBack();
    }
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'edge', 'orders'],
    without: ['fleet'],
  },
};
