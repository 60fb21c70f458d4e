import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Below those that the system picks: another test's server would take one of these as soon as it is free. */
export async function unusedPort(): Promise<number> {
  const server = createServer().listen(20_000 + randomInt(10_000), '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return unusedPort();
  }
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
