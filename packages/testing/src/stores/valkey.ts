import { createHash } from 'node:crypto';
import { MOUNTS } from '@seaworthy/contracts';
import { ownImage } from '../engine/own-image.ts';
import { OwnContainer } from '../engine/own.container.ts';
import { randomPassword } from './random-password.ts';

export interface StartedValkey {
  store: OwnContainer;
  host: string;
  port: number;
  user: string;
  password: string;
  stop(): Promise<void>;
}

/** The project's own Valkey, with one user who may read and write `catalog:*` and nothing else. */
export async function startValkey({ network }: { network?: string } = {}): Promise<StartedValkey> {
  const password = randomPassword();
  const store = await OwnContainer.start({
    image: await ownImage('valkey'),
    port: 6379,
    ready: /Ready to accept connections/,
    files: { [`${MOUNTS.secrets}/users.acl`]: accessList('catalog', password) },
    ...(network && { network, alias: 'valkey' }),
  });
  return { store, host: '127.0.0.1', port: store.port, user: 'catalog', password, stop: async () => store.stop() };
}

/** Valkey's access control list: the default user is off; the service's own knows three commands, on its own keys. */
function accessList(user: string, password: string): string {
  const hash = createHash('sha256').update(password).digest('hex');
  return `user default off\nuser ${user} on #${hash} ~${user}:* resetchannels -@all +get +set +ping\n`;
}
