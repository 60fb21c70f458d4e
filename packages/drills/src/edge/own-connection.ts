import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { DrillPlatform } from '../platform.ts';

/** As long as the edge waits for headers, and some time for a busy machine. */
export const PATIENCE_MS = 15_000;

/** Resolves once it stands, or was refused. Whose certificate it is does not matter to who attacks. */
export async function open(port: number): Promise<TLSSocket> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false }, () => resolve(socket));
    socket.on('error', () => undefined).once('close', () => resolve(socket));
  });
}

/** Somebody with a connection of his own asks until he has the products. Undefined when he gives up. */
export async function servedAgain({ edgePort }: DrillPlatform): Promise<number | undefined> {
  for (const since = Date.now(); Date.now() - since < PATIENCE_MS; await sleep(200)) {
    const socket = await open(edgePort);
    const isServed = await new Promise<boolean>((resolve) => {
      socket
        // the first line of an answer comes whole: it is shorter than any packet
        .once('data', (chunk: Buffer) => resolve(chunk.toString('latin1').startsWith('HTTP/1.1 200 ')))
        .once('close', () => resolve(false));
      if (socket.destroyed) resolve(false);
      else socket.write('GET /products?limit=1 HTTP/1.1\r\nhost: localhost\r\n\r\n');
    });
    socket.destroy();
    if (isServed) return Date.now() - since;
  }
  return undefined;
}

/** Sends a request as it is, on a connection of its own. Resolves to the status of the answer; `CUT` or `SILENT` where there is none. */
export async function sendRaw(
  { edgePort }: DrillPlatform,
  request: readonly (string | Buffer)[],
  patience: number,
): Promise<number | string> {
  const socket = await open(edgePort);
  let answer = '';
  try {
    return await new Promise((resolve) => {
      socket.setTimeout(patience, () => resolve('SILENT')).once('close', () => resolve('CUT'));
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
        const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
        if (status !== undefined) resolve(Number(status));
      });
      if (socket.destroyed) resolve('CUT');
      else for (const part of request) socket.write(part);
    });
  } finally {
    socket.destroy();
  }
}
