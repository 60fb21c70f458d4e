import { guardPolicy } from '@seaworthy/platform/resilience';

const isAway = (error: unknown): boolean => error instanceof TypeError; // fetch's own word for "no answer"

/** Two more tries, with jitter; after five failures in a row nobody is asked for a second. */
const policy = guardPolicy({ retries: { most: 2, when: isAway }, away: isAway, failures: 5, rest: 1_000 });

export const askHarbour = async <T>(ask: () => Promise<T>): Promise<T> => policy.execute(ask);
