import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import type { Retention } from '../database/index.ts';

/** For {@link DatabaseModule}: longer than dead letters are kept (30 days), which can still be sent again, and streams (`maxAge`, 7 days). */
export const INBOX: Retention = { table: 'inbox', since: 'received_at', keep: 40 * 86_400_000 };

/**
 * Notes in the table `inbox` that a message was acted upon, in the transaction that acts. False: it was already, do nothing. Of two who have the same
 * message at once, the second waits here for the first. `id`: what its sender calls it, however often it is sent.
 */
export async function firstTime<S>(transaction: Transaction<S>, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into inbox (message_id, received_at) values (${id}, ${new Date()}) on conflict do nothing`.execute(transaction);
  return numAffectedRows === 1n;
}
