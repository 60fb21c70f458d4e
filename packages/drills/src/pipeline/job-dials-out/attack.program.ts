import { it } from '@jest/globals';
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';

/** Filled in by the drill. */
const TARGET = JSON.parse('__TARGET__') as { name: string; address: string; gateway: string; port: number; gatewayPort: number };
const PROXY = { host: 'egress.seaworthy.internal', port: 3128 };

it('attack: dials out by name, address, DNS, gateway and proxy', async () => {
  const [name, address, dns, gateway, proxy] = await Promise.all([
    attempt(() => dial(TARGET.name, TARGET.port)),
    attempt(() => dial(TARGET.address, TARGET.port)),
    attempt(() => resolveByEngine(TARGET.name)),
    attempt(() => dial(TARGET.gateway, TARGET.gatewayPort)),
    attempt(() => dial(PROXY.host, PROXY.port, `CONNECT ${TARGET.name}:${TARGET.port} HTTP/1.1\r\nhost: ${TARGET.name}\r\n\r\n`)),
  ]);
  throw new Error(`attack=${JSON.stringify({ name, address, dns, gateway, proxy })}`);
}, 30_000);

async function attempt(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    return (error as { code?: string }).code ?? 'FAILED';
  }
}

/** `REACHED` once the other side answered with a success, or how far it came; the code of the error where there is no connection. */
function dial(host: string, port: number, request = `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`): Promise<string> {
  return new Promise((resolve) => {
    let stands = false;
    const socket = connect({ host, port, timeout: 5_000 }, () => {
      stands = true;
      socket.write(request);
    });
    const end = (code: string): void => resolve(stands ? 'CONNECTED' : code);
    socket.once('data', (chunk) => {
      resolve(/^HTTP\/1\.[01] 200/.test(chunk.toString('latin1')) ? 'REACHED' : 'DENIED');
      socket.destroy();
    });
    socket
      .once('error', ({ code = 'FAILED' }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED' ? 'REFUSED' : code))
      .once('timeout', () => {
        end('ETIMEDOUT');
        socket.destroy();
      })
      .once('close', () => resolve('CLOSED'));
  });
}

async function resolveByEngine(name: string): Promise<string> {
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers(['127.0.0.11']);
  await resolver.resolve4(name);
  return 'REACHED';
}
