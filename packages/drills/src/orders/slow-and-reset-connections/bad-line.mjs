// A bad line to a replica, under the name by which the edge finds replicas: every byte is late, and many a connection is reset, before the
// replica has heard of the request or after. What is said on it is TLS: the line reads nothing of it.
import { connect, createServer } from 'node:net';

const { replicas, delayMs, resets } = JSON.parse(`__GIVEN__`);
const PORT = 8443;
/** Less than a TLS handshake is no request. */
const HANDSHAKE_BYTES = 400;
let next = 0;

createServer((edge) => {
  const replica = connect(PORT, replicas[(next += 1) % replicas.length]);
  let [heard, isReset] = [0, false];
  edge.on('data', (bytes) => {
    const isRequest = heard > HANDSHAKE_BYTES;
    heard += bytes.length;
    if (isReset) return;
    isReset = isRequest && Math.random() < resets;
    const isHeard = !isReset || Math.random() < 0.5;
    if (isHeard) later(() => replica.write(bytes));
    if (isReset) setTimeout(() => reset(edge), delayMs * 2);
  });
  replica.on('data', (bytes) => {
    if (!isReset) later(() => edge.write(bytes));
  });
  edge.on('error', () => undefined).once('close', () => later(() => replica.destroy()));
  replica.on('error', () => undefined).once('close', () => later(() => edge.destroy()));
}).listen(PORT);

function reset(edge) {
  if (edge.destroyed) return;
  edge.resetAndDestroy();
  console.log('reset');
}

/** Timers of the same length keep their order. */
function later(work) {
  setTimeout(() => work(), delayMs);
}
