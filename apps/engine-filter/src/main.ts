import { auditLog } from './audit.log.ts';
import { ConfigError } from './config.error.ts';
import { readConfig } from './config.ts';
import type { FilterConfig } from './config.ts';
import { EngineSocket } from './engine.socket.ts';
import { listenForClient, listenForFleet } from './filter.server.ts';
import { watchEngine } from './watch-engine.ts';

/** sysexits.h: "something was found in an unconfigured or misconfigured state" */
const EX_CONFIG = 78;
/** "a service is unavailable" */
const EX_UNAVAILABLE = 69;

const config = configOrExit();
const engine = new EngineSocket(config.engineSocket);
const servers = await Promise.all([
  ...config.clients.map(async (client) => listenForClient({ client, engine, audit: auditLog })),
  ...(config.fleet === undefined ? [] : [listenForFleet({ client: config.fleet, engine, audit: auditLog })]),
]);

auditLog({ event: 'listening', clients: config.clients.map(({ name, socket }) => ({ name, socket })), fleet: config.fleet?.socket });
watchEngine(config.engineSocket, () => {
  auditLog({ event: 'engine-lost', reason: 'nobody listens on its socket; ending, so that the engine mounts the socket that it has now' });
  process.exitCode = EX_UNAVAILABLE;
  end();
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, end);
}

function end(): void {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
}

/** One line that a person can act on, instead of a stack. */
function configOrExit(): FilterConfig {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`engine-filter: ${error.message}\n`);
    return process.exit(EX_CONFIG);
  }
}
