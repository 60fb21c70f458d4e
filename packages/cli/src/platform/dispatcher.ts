import { ENDPOINTS } from '@seaworthy/contracts';
import { Agent, buildConnector } from 'undici';
import type { Instance } from '../instance.ts';

/**
 * Reaches the platform's services from the host by the same names as from inside: `https://registry.seaworthy.internal:5443` goes to
 * the loopback port that the copy publishes, and the certificate is checked for the name and against the platform's own root alone.
 * Any other name is refused: nothing that the host does with the platform's tokens may leave this machine.
 */
export function platformDispatcher(instance: Instance, rootPem: string): Agent {
  const connect = buildConnector({ ca: rootPem, timeout: 5_000 });
  return new Agent({
    connect: (options, callback) => {
      const port = publishedPort(instance, options.hostname);
      if (port === undefined) {
        callback(new Error(`expected a name of the platform, found ${options.hostname}`), null);
        return;
      }
      connect({ ...options, host: '127.0.0.1', hostname: '127.0.0.1', port: String(port), servername: options.hostname }, callback);
    },
  });
}

function publishedPort(instance: Instance, hostname: string): number | undefined {
  for (const [name, endpoint] of Object.entries(ENDPOINTS)) {
    if (endpoint.host === hostname) return instance.ports[name as keyof typeof ENDPOINTS];
  }
  return undefined;
}
