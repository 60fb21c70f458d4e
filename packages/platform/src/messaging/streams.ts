import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';

/** A stream that the service needs. What is there already stays as it is. */
export interface StreamDeclaration {
  name: string;
  subjects: readonly string[];
  /** how long a message is kept, ms */
  maxAge: number;
  /** bytes on disk; the oldest go first */
  maxBytes: number;
  /** how long a message id is remembered, ms: what comes twice within it is kept once */
  duplicateWindow: number;
}

const REQUEST_TIMEOUT_MS = 2_000;

/** Makes the streams that are missing. Safe when several replicas do it at once. */
export async function ensureStreams(connection: NatsConnection, streams: readonly StreamDeclaration[]): Promise<void> {
  if (streams.length === 0) return;
  const manager = await manage(connection);
  for (const stream of streams) await ensure(manager, stream);
}

export async function manage(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
}

/** Adding a stream that is there with the same configuration changes nothing (JetStream answers with the one that is there). */
async function ensure(manager: JetStreamManager, { name, subjects, maxAge, maxBytes, duplicateWindow }: StreamDeclaration): Promise<void> {
  await manager.streams.add({
    name,
    subjects: [...subjects],
    storage: 'file',
    max_age: nanos(maxAge),
    max_bytes: maxBytes,
    duplicate_window: nanos(duplicateWindow),
    // a consumer that stays away for long must not stop who sends
    discard: 'old',
    deny_delete: true,
  });
}
