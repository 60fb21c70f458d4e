import { JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { isRefusal } from './declarations.ts';
import type { Declarations } from './declarations.ts';

/** A stream that the service needs. One that is there with other settings gets these, where NATS lets the service do that. */
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

/** JetStream's own code: it is there with other settings */
const STREAM_DIFFERS = 10_058;

/**
 * Makes the streams that are missing, and changes those that are otherwise. Safe when several replicas do it at once. What the server refuses is
 * told to `declarations`, and the stream that is there serves on: who sends is not stopped by it.
 */
export async function ensureStreams(
  connection: NatsConnection,
  streams: readonly StreamDeclaration[],
  declarations: Declarations,
): Promise<void> {
  if (streams.length === 0) return;
  const manager = await manage(connection);
  for (const stream of streams) await ensure(manager, stream, declarations);
}

export async function manage(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
}

async function ensure(manager: JetStreamManager, stream: StreamDeclaration, declarations: Declarations): Promise<void> {
  const name = `stream ${stream.name}`;
  try {
    await addOrChange(manager, stream, declarations.wasTaken(name));
    declarations.taken(name);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    declarations.refused(name, error);
  }
}

async function addOrChange(manager: JetStreamManager, declared: StreamDeclaration, wasTaken: boolean): Promise<void> {
  const { name, subjects, maxAge, maxBytes, duplicateWindow } = declared;
  const settings = {
    subjects: [...subjects],
    max_age: nanos(maxAge),
    max_bytes: maxBytes,
    duplicate_window: nanos(duplicateWindow),
    // a consumer that stays away for long must not stop who sends
    discard: 'old' as const,
    deny_delete: true,
  };
  try {
    await manager.streams.add({ name, storage: 'file', ...settings });
  } catch (error) {
    if (!hasCode(error, STREAM_DIFFERS)) throw error;
    if (!wasTaken) await manager.streams.update(name, settings);
  }
}

/** Is it JetStream's answer with that code? */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
