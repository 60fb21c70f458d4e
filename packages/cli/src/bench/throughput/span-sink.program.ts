import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A collector that counts spans and forgets them. `GET /` tells how many there were. */
const SPAN = Buffer.from('"spanId"');
let spans = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    for (let at = body.indexOf(SPAN); request.url === '/v1/traces' && at >= 0; at = body.indexOf(SPAN, at + SPAN.length)) spans += 1;
    response.setHeader('content-type', 'application/json').end(request.method === 'GET' ? JSON.stringify({ spans }) : '{}');
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ msg: 'listening', port: (server.address() as AddressInfo).port })));
