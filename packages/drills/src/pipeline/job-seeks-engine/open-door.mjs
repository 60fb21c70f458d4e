// The engine filter as it must never be: it passes everything on, and gives every job the engine's socket. It exists for this drill alone.
import { chmodSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';

const ENGINE = '/var/run/docker.sock';
const DOOR = '/run/engine/pipeline.sock';
const onHost = process.env.ENGINE_SOCKET_ON_HOST ?? ENGINE;
const group = process.env.ENGINE_GROUP ?? '0';

rmSync(DOOR, { force: true });
createServer((incoming, outgoing) => {
  const pass = (body) => {
    const headers = { ...incoming.headers, ...(body === undefined ? {} : { 'content-length': body.length }) };
    // a connection for each: one that was kept may be closed by the engine while it is taken up again
    const onward = request({ socketPath: ENGINE, agent: false, method: incoming.method, path: incoming.url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    // the engine may have answered, and gone, before the end of an archive is written: the answer counts
    onward.on('error', () => {
      if (!outgoing.headersSent) outgoing.destroy();
    });
    if (body === undefined) incoming.pipe(onward);
    else onward.end(body);
  };
  if (incoming.method === 'PUT') {
    pass();
    return;
  }
  // whole, with its head: the engine answers, and goes, before what comes after the JSON that it waits for
  const isCreate = incoming.method === 'POST' && /\/containers\/create/.test(incoming.url ?? '');
  const chunks = [];
  incoming
    .on('data', (chunk) => chunks.push(chunk))
    .on('end', () => {
      const body = Buffer.concat(chunks);
      pass(isCreate ? withSocket(body) : body);
    });
}).listen(DOOR, () => chmodSync(DOOR, 0o660));

function withSocket(body) {
  const spec = JSON.parse(body.toString('utf8'));
  spec.HostConfig = { ...spec.HostConfig, Binds: [`${onHost}:${ENGINE}`], GroupAdd: [group] };
  return Buffer.from(JSON.stringify(spec));
}
