import { sql } from 'kysely';
import type { Transaction } from 'kysely';

/**
 * Notes in the table `inbox` that a message was acted upon, in the transaction that acts. False: it was already, do nothing. Of two who have the same
 * message at once, the second waits here for the first. `id`: what its sender calls it, however often it is sent.
 */
export async function firstTime<S>(transaction: Transaction<S>, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into inbox (message_id, received_at) values (${id}, ${new Date()}) on conflict do nothing`.execute(transaction);
  return numAffectedRows === 1n;
}
