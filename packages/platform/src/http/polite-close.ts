import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** requests whose answer has not left the process yet */
  inHand: number;
  /** bytes that had come when the last answer had gone: more of them are a request on its way */
  read: number;
}

/**
 * Makes a server close its idle connections politely. Node's own `closeIdleConnections()` counts a connection as idle as soon as its answer has
 * *ended*, and destroys it with whatever of that answer has not been written yet: a large answer to a slow client is cut. Here a connection is
 * idle when its last answer has *left*, and then it is ended (FIN after everything else), not destroyed. `server.close()` and Fastify call it.
 */
export function closePolitely(server: Server, event: 'connection' | 'secureConnection'): void {
  const connections = new Map<Socket, Connection>();
  let isClosing = false;
  server.on(event, (socket: Socket) => {
    connections.set(socket, { inHand: 0, read: socket.bytesRead });
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(socket);
    if (!connection) return;
    connection.inHand += 1;
    response.once('close', () => {
      connection.inHand -= 1;
      connection.read = socket.bytesRead;
      // nobody asks again: without this it stands until the client, or its time, ends it
      if (isClosing && connection.inHand === 0) socket.end();
    });
  });
  server.closeIdleConnections = () => {
    isClosing = true;
    for (const [socket, { inHand, read }] of connections) if (inHand === 0 && socket.bytesRead === read) socket.end();
  };
}
