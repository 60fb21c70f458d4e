// Runs in a container that shares nothing with the edge but its runtime socket (HAProxy Management Guide, section 9.3): ends with 0 as soon
// as the edge itself sees at least that many replicas up, with 1 when that does not happen in time.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [backend, wanted, patience] = [process.env.BACKEND, Number(process.env.WANTED), Number(process.env.PATIENCE_MS)];
const until = Date.now() + patience;

while (Date.now() < until) {
  if ((await replicasUp()) >= wanted) process.exit(0);
  await sleep(100);
}
process.exit(1);

async function replicasUp() {
  const lines = (await ask('show stat')).split('\n').map((line) => line.split(','));
  const status = lines[0]?.indexOf('status') ?? -1;
  return lines.filter(([proxy, server, ...rest]) => proxy === backend && server !== 'BACKEND' && [proxy, server, ...rest][status] === 'UP')
    .length;
}

function ask(command) {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect('/run/edge/haproxy.sock', () => socket.end(`${command}\n`));
    socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
    // the edge may be on its way up: no answer counts as no replica
    socket.on('error', () => resolve('')).on('close', () => resolve(answer));
  });
}
