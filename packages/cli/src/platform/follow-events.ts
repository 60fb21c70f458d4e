import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import type { FleetEvent } from './fleet.ts';

const POLL_MS = 500;

export interface Following {
  /** what came after the event with that number */
  readonly read: (after: number) => Promise<FleetEvent[]>;
  readonly onEvents: (events: readonly FleetEvent[]) => void;
  /** once for each time that the fleet does not answer: it may be on its way up, and is asked on */
  readonly onSilence: (error: UserError) => void;
  readonly pollMs?: number;
}

/** Tells what the fleet does, until the process ends. */
export async function followEvents({ read, onEvents, onSilence, pollMs = POLL_MS }: Following): Promise<never> {
  let last = 0;
  let isSilent = false;
  for (;;) {
    try {
      const events = await read(last);
      isSilent = false;
      last = events.at(-1)?.id ?? last;
      onEvents(events);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (!isSilent) onSilence(error);
      isSilent = true;
    }
    await sleep(pollMs);
  }
}
