import { WorkLoop } from '@seaworthy/platform/delivery';

/** Does what lies in `queue`: at once when nudged, and otherwise looks every second. */
export function harbourMaster(queue: string[], berth: (ship: string) => Promise<void>): WorkLoop {
  const loop = new WorkLoop({
    name: 'harbour',
    pause: 1_000,
    words: { waiting: 'no berth is free', again: 'ships come in again' },
    work: async () => {
      const ship = queue.shift();
      if (ship !== undefined) await berth(ship);
      return { more: queue.length > 0 };
    },
  });
  loop.start();
  return loop;
}
