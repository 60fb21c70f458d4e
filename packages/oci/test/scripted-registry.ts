import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Exchange = { method: string; host: string; path: string; authorization: string | undefined };
export type Script = (request: IncomingMessage, response: ServerResponse, exchange: Exchange) => void | Promise<void>;

/**
 * A server on a unix socket that answers as the test says, and remembers what it was asked. Every host name leads here, so
 * a request that a client should not have sent to another host is seen as well.
 */
export async function startScriptedRegistry(script: Script) {
  const directory = await mkdtemp(join(tmpdir(), 'scripted-registry-'));
  const socketPath = join(directory, 'socket');
  const exchanges: Exchange[] = [];
  const server = createServer((request, response) => {
    const exchange = {
      method: request.method ?? '',
      host: request.headers.host ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
    };
    exchanges.push(exchange);
    void script(request, response, exchange);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    exchanges,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
}
