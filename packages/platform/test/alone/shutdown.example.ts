import { closePolitely, drainOnSignal, Lifecycle } from '@seaworthy/platform/shutdown';
import { createLogger } from '@seaworthy/platform/logging';
import { fastify } from 'fastify';

export const lifecycle = new Lifecycle();
export const server = fastify();
server.get('/ready', async (_request, reply) => reply.code(lifecycle.draining ? 503 : 200).send());

/** ms between "not ready" and closing the door, and until what is left is cut */
export function drainWhenTold({ drainDelay = 3_000, grace = 9_000 } = {}): void {
  closePolitely(server.server, 'connection');
  drainOnSignal({
    app: { close: async () => server.close(), getHttpServer: () => server.server },
    lifecycle,
    logger: createLogger({ service: 'harbour', level: 'silent' }),
    drainDelay,
    grace,
    finish: async () => undefined,
  });
}
