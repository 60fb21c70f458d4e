import { throwAwayPassword } from '../throw-away-secret.ts';
import type { Store } from './store.ts';

const DATA = '/var/lib/postgresql';
const TMP = '/tmp:size=16m,mode=1777';

/** A real PostgreSQL of the service's own: database and user are called like the service. */
export const postgres: Store = {
  images: ['postgres', 'postgres-init'],
  async start(host, service) {
    const password = throwAwayPassword();
    const user = service.replaceAll('-', '_');
    const data = await host.volume(`${service}-postgres-data`, {});
    const secrets = await host.volume(`${service}-postgres-secrets`, {
      'database-password': password,
      'database-owner-password': throwAwayPassword(),
    });
    await host.runToEnd({
      image: 'postgres-init',
      env: { DATABASE_NAME: user, DATABASE_USER: user },
      volumes: { [data]: DATA, [secrets]: host.secretsMount },
      tmpfs: [TMP],
    });
    const { address, port } = await host.run({
      name: `${service}-postgres`,
      image: 'postgres',
      port: 5432,
      ready: /database system is ready to accept connections/,
      volumes: { [data]: DATA },
      tmpfs: [TMP, '/run/postgresql:size=1m,uid=65532,gid=65532'],
      memory: 512,
    });
    return {
      environment: { DATABASE_HOST: address, DATABASE_PORT: String(port), DATABASE_NAME: user, DATABASE_USER: user },
      secrets: { 'database-password': password },
    };
  },
};
