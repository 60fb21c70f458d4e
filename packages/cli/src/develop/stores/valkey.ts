import { cacheUsers } from '../../start/cache-users.ts';
import { throwAwayPassword } from '../throw-away-secret.ts';
import type { Store } from './store.ts';

/** A real Valkey of the service's own, with the one user and the few commands that the platform's has. */
export const valkey: Store = {
  images: ['valkey'],
  async start(host, service) {
    const password = throwAwayPassword();
    const secrets = await host.volume(`${service}-valkey-secrets`, { 'users.acl': cacheUsers(service, password) });
    const { address, port } = await host.run({
      name: `${service}-valkey`,
      image: 'valkey',
      port: 6379,
      ready: /Ready to accept connections/,
      volumes: { [secrets]: host.secretsMount },
      tmpfs: ['/tmp:size=16m,mode=1777'],
      memory: 256,
    });
    return {
      environment: { CACHE_HOST: address, CACHE_PORT: String(port), CACHE_USER: service },
      secrets: { 'cache-password': password },
    };
  },
};
