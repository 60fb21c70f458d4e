import { auditLog } from './audit.log.ts';
import { readConfig } from './config.ts';
import { EngineSocket } from './engine.socket.ts';
import { listenForClient, listenForFleet } from './filter.server.ts';

const config = readConfig(process.env);
const engine = new EngineSocket(config.engineSocket);
const servers = await Promise.all([
  ...config.clients.map(async (client) => listenForClient({ client, engine, audit: auditLog })),
  ...(config.fleet === undefined ? [] : [listenForFleet({ client: config.fleet, engine, audit: auditLog })]),
]);

auditLog({ event: 'listening', clients: config.clients.map(({ name, socket }) => ({ name, socket })), fleet: config.fleet?.socket });
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });
}
