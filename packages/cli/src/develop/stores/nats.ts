import { messagingAccounts } from '../../start/messaging-accounts.ts';
import { UserError } from '../../errors.ts';
import { throwAwayMessagingKey } from '../throw-away-secret.ts';
import type { StoreHost } from './store-host.ts';
import type { Store } from './store.ts';

const DATA = '/var/lib/nats';

/** One real NATS for all services of the session, with the accounts and the permissions that the platform's has. */
export const nats: Store = {
  images: ['nats'],
  async start(host, service) {
    const { address, port, keys } = await host.shared('nats', async () => startServer(host));
    const key = Object.entries(keys).find(([name]) => name === service)?.[1];
    if (key === undefined) throw noAccount(service, Object.keys(keys));
    return {
      environment: { MESSAGING_HOST: address, MESSAGING_PORT: String(port) },
      secrets: { 'messaging-key': key },
    };
  },
};

async function startServer(host: StoreHost) {
  const keys = { orders: throwAwayMessagingKey(), payments: throwAwayMessagingKey() };
  const data = await host.volume('nats-data', {});
  const secrets = await host.volume('nats-secrets', { 'users.conf': messagingAccounts(keys) });
  const where = await host.run({
    name: 'nats',
    image: 'nats',
    port: 4222,
    ready: /Server is ready/,
    volumes: { [data]: DATA, [secrets]: host.secretsMount },
    tmpfs: ['/tmp:size=16m,mode=1777'],
    memory: 256,
  });
  return { ...where, keys };
}

function noAccount(service: string, known: readonly string[]): UserError {
  return new UserError({
    code: 'FAILED',
    message: `NATS knows no user ${service}`,
    expected: `one of ${known.join(', ')}`,
    found: service,
    remedy: 'give it permissions in packages/cli/src/start/messaging-accounts.ts',
  });
}
