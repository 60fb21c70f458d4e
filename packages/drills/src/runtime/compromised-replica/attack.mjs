// Somebody's code in a replica: dials everything that it was given, by name and by address, and asks the name server of the engine.
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';

const TARGETS = JSON.parse('__TARGETS__');
const TIMEOUT_MS = 3_000;

const findings = await Promise.all(
  TARGETS.map(async ({ what, host, port }) => ({ what, result: await (port ? dial(host, port) : ask(host)) })),
);
console.log(`findings=${JSON.stringify(findings)}`);
process.exit(0);

/**
 * `REACHED` once a connection stands: whether the other side then wants a token is another control. Nobody need listen: a host that refuses
 * is one to which there is a way.
 */
function dial(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS }, () => {
      // the listeners that play the internet count visits
      socket.write('GET / HTTP/1.1\r\nhost: drill\r\nconnection: close\r\n\r\n', () => setTimeout(() => socket.destroy(), 200));
      resolve('REACHED');
    });
    socket.once('error', ({ code }) => resolve(code === 'ECONNREFUSED' ? 'REFUSED' : code)).once('timeout', () => resolve('ETIMEDOUT'));
  });
}

async function ask(name) {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  resolver.setServers(['127.0.0.11']);
  return resolver.resolve4(name).then(
    () => 'REACHED',
    ({ code }) => code,
  );
}
