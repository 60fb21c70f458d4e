import { randomUUID } from 'node:crypto';
import { GenericContainer, Wait } from 'testcontainers';
import { MOUNTS } from '@seaworthy/contracts';
import { TEST_LABELS, engine } from '../engine/engine.ts';
import { OwnContainer } from '../engine/own.container.ts';
import { ownImage } from '../engine/own-image.ts';
import { randomPassword } from './random-password.ts';

export interface StartedPostgres {
  store: OwnContainer;
  /** for the test itself; containers of the same network use the alias `postgres` and port 5432 */
  host: string;
  port: number;
  name: string;
  user: string;
  password: string;
  stop(): Promise<void>;
}

const DATA = '/var/lib/postgresql';

/** The project's own PostgreSQL, its data made by the project's own `postgres-init`, with a throw-away password. */
export async function startPostgres({ network }: { network?: string } = {}): Promise<StartedPostgres> {
  const volume = `seaworthy-test-postgres-${randomUUID()}`;
  const password = randomPassword();
  await engine.createVolume({ Name: volume, Labels: { ...TEST_LABELS } });
  await initialise(volume, password);
  const store = await OwnContainer.start({
    image: await ownImage('postgres'),
    port: 5432,
    ready: /database system is ready to accept connections/,
    volumes: { [volume]: DATA },
    // by SIGTERM it would wait until the last client has gone
    stopSignal: 'SIGINT',
    ...(network && { network, alias: 'postgres' }),
  });
  const stop = async (): Promise<void> => {
    await store.stop();
    await engine.getVolume(volume).remove();
  };
  return { store, host: '127.0.0.1', port: store.port, name: 'catalog', user: 'catalog', password, stop };
}

async function initialise(volume: string, password: string): Promise<void> {
  const secrets = { 'database-owner-password': randomPassword(), 'database-password': password };
  const container = await new GenericContainer(await ownImage('postgres-init'))
    .withLabels(TEST_LABELS)
    .withBindMounts([{ source: volume, target: DATA, mode: 'rw' }])
    .withCopyContentToContainer(
      Object.entries(secrets).map(([name, content]) => ({ target: `${MOUNTS.secrets}/${name}`, content, mode: 0o444 })),
    )
    .withWaitStrategy(Wait.forOneShotStartup())
    .start();
  await engine.getContainer(container.getId()).remove({ force: true, v: true });
}
