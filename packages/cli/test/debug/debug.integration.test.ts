import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createUser } from '@nats-io/nkeys';
import { MOUNTS, OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { loadServiceCard } from '@seaworthy/policy';
import { engine, testAuthority } from '@seaworthy/testing';
import { ownService } from '@seaworthy/testing-services';
import type Docker from 'dockerode';
import { CLONE_LABEL, ROOT_LABEL } from '../../src/engine/clone-labels.ts';
import { unframe } from '../../src/engine/run-once.ts';
import { fillVolumes } from '../../src/engine/volumes.ts';
import { findEngine, type Engine } from '../../src/host/engine/engine.ts';
import { mainInstance } from '../../src/instance.ts';
import { removeCopy } from '../../src/remove/remove-objects.ts';
import { get } from '../develop/https.ts';
import { RunningCommand } from '../develop/running-command.ts';
import { WorkingTree } from '../develop/working-tree.fixture.ts';

jest.setTimeout(240_000);

const PROJECT = testProject('debug', process.pid);
const COPY = `${PROJECT}-debug`;
const SECRET = 'the-replica-s-own-password';
const CATALOG = { DATABASE_HOST: 'postgres', DATABASE_NAME: 'catalog', DATABASE_USER: 'catalog', CACHE_HOST: 'valkey' };
/** Those that check the form of what they are given. */
const OTHERS = [
  ['orders', { DATABASE_HOST: 'orders-postgres', DATABASE_NAME: 'orders', DATABASE_USER: 'orders', MESSAGING_HOST: 'nats' }],
  [
    'payments',
    {
      DATABASE_HOST: 'payments-postgres',
      DATABASE_NAME: 'payments',
      DATABASE_USER: 'payments',
      MESSAGING_HOST: 'nats',
      PROVIDER_URL: 'https://payment-provider.seaworthy.internal:8443',
      LOG_LEVEL: 'warn', // it does not say that it listens
    },
  ],
] as const;

describe('npm run debug, beside a replica that runs', () => {
  let tree: WorkingTree;
  let host: Engine;
  let replica: Docker.Container;
  let before: Docker.ContainerInspectInfo;

  beforeAll(async () => {
    tree = new WorkingTree();
    host = (await findEngine()).engine as Engine;
    replica = await startReplica('catalog', CATALOG, { 'database-password': SECRET, 'cache-password': SECRET });
    before = await replica.inspect();
  });

  afterAll(async () => {
    await removeCopy(host, COPY);
    await removeCopy(host, PROJECT);
    tree.remove();
  });

  const debug = (...words: string[]) => new RunningCommand(tree.root, ['debug', ...words], { SEAWORTHY_PROJECT: PROJECT });
  const owned = async () => engine.listContainers({ all: true, filters: { label: [`${OWNER_LABEL}=${COPY}`] } });

  describe('when there is no such replica', () => {
    it('names those that there are', async () => {
      const command = debug('catalog-7');
      expect(await command.exited).toBe(2);
      expect(command.output).toMatch(/expected catalog-1\n/);
    });
  });

  describe('when the copy would have the name of another clone’s platform', () => {
    it('leaves that alone', async () => {
      const Labels = { [OWNER_LABEL]: COPY, [CLONE_LABEL]: 'theirs', [ROOT_LABEL]: tmpdir() };
      const Name = `${COPY}_theirs`;
      await engine.createVolume({ Name, Labels });
      const command = debug('catalog-1');
      expect(await command.exited).toBe(78);
      expect(command.output).toContain(`those of the clone at ${tmpdir()}`);
      await engine.getVolume(Name).remove();
    });
  });

  describe('when it has started', () => {
    let command: RunningCommand;
    let copy: Docker.ContainerInspectInfo;
    let debugPort: number;

    beforeAll(async () => {
      command = debug('catalog-1');
      debugPort = Number((await command.says(/debugger +127\.0\.0\.1:(\d+)/))[1]);
      copy = await engine.getContainer(`${COPY}-catalog-1`).inspect();
    });

    afterAll(async () => {
      command.kill();
      await command.exited;
    });

    it('runs the same image with the same variables and limits, hardened, without a network', () => {
      expect(copy.Image).toBe(before.Image);
      expect(copy.Config.Env).toEqual(expect.arrayContaining(before.Config.Env));
      expect(copy.Config.Entrypoint).toEqual(before.Config.Entrypoint);
      const { Memory, PidsLimit } = before.HostConfig;
      expect(copy.HostConfig).toMatchObject({ Memory, PidsLimit, NetworkMode: 'none', ReadonlyRootfs: true, CapDrop: ['ALL'] });
      expect(copy.HostConfig.SecurityOpt).toEqual(expect.arrayContaining([expect.stringMatching(/^no-new-privileges/)]));
      expect(copy.HostConfig.PortBindings ?? {}).toEqual({});
    });

    it('has none of the replica’s volumes and none of its secrets', async () => {
      expect(copy.Mounts.map(({ Name }) => Name).filter((name) => !name?.startsWith(`${COPY}_`))).toEqual([]);
      const files = await runInTools(['cat', `/proc/1/root${MOUNTS.secrets}/database-password`]);
      expect(files).not.toContain(SECRET);
      expect(files.trim()).toMatch(/^[\w-]{43}$/);
    });

    it('opens a debugger on loopback that runs code in the copy', async () => {
      const [{ webSocketDebuggerUrl }] = (await (await fetch(`http://127.0.0.1:${debugPort}/json/list`)).json()) as [
        { webSocketDebuggerUrl: string },
      ];
      const answer = await evaluate(webSocketDebuggerUrl, 'process.env.HOSTNAME');
      expect(answer).toBe(copy.Config.Hostname);
    });

    it('answers through a tunnel, alive and not ready', async () => {
      const [, root = '', port] = await command.says(/curl --cacert (\S+) https:\/\/localhost:(\d+)/);
      const ca = readFileSync(root, 'utf8');
      expect((await get(Number(port), '/health/live', ca)).status).toBe(200);
      expect((await get(Number(port), '/health/ready', ca)).status).toBe(503);
    });

    it('puts tools beside it, that see its processes and have no network either', async () => {
      expect(await runInTools(['cat', '/proc/1/cmdline'])).toContain('/app/main.js');
      const { HostConfig } = await engine.getContainer(`${COPY}-tools`).inspect();
      expect(HostConfig).toMatchObject({ NetworkMode: `container:${copy.Id}`, ReadonlyRootfs: true, CapDrop: ['ALL'], Binds: null });
    });

    it('leaves the replica as it was', async () => {
      const after = await replica.inspect();
      expect(after.State.StartedAt).toBe(before.State.StartedAt);
      expect(after.ExecIDs ?? []).toEqual([]);
      expect(after.HostConfig).toEqual(before.HostConfig);
    });

    it('goes with Ctrl-C, and the replica stays', async () => {
      command.interrupt();
      expect(await command.exited).toBe(130);
      expect(await owned()).toEqual([]);
      const volumes = await engine.listVolumes({ filters: { label: [`${OWNER_LABEL}=${COPY}`] } });
      expect(volumes.Volumes).toEqual([]);
      expect(existsSync(join(tree.root, '.seaworthy/debug'))).toBe(false);
      expect((await replica.inspect()).State.Running).toBe(true);
    });
  });

  describe.each(OTHERS)('when the replica is one of %s', (service, environment) => {
    const own = {
      'client-secret': SECRET,
      'database-password': SECRET,
      'messaging-key': new TextDecoder().decode(createUser().getSeed()),
      'card-keys': randomBytes(32).toString('base64url'),
    };
    let command: RunningCommand;

    beforeAll(async () => {
      await startReplica(service, environment, own);
      command = debug(`${service}-1`);
    });

    afterAll(async () => {
      command.kill();
      await command.exited;
    });

    it('gives the copy secrets that it can start with, none of them the replica’s, and an authority of its own', async () => {
      const [, root = '', port] = await command.says(/curl --cacert (\S+) https:\/\/localhost:(\d+)/);
      const ca = readFileSync(root, 'utf8');
      expect((await get(Number(port), '/health/live', ca)).status).toBe(200);
      const { secrets } = await loadServiceCard(join(tree.root, 'apps', service));
      expect(secrets).toContain('messaging-key');
      const given = await Promise.all(secrets.map(async (name) => runInTools(['cat', `/proc/1/root${MOUNTS.secrets}/${name}`])));
      for (const secret of given) expect(Object.values(own)).not.toContain(secret);
      expect(await runInTools(['cat', `/proc/1/root${MOUNTS.trust}/root.pem`])).toBe(ca);
    });
  });

  async function startReplica(
    service: string,
    environment: Readonly<Record<string, string>>,
    secrets: Readonly<Record<string, string>>,
  ): Promise<Docker.Container> {
    const id = await ownService(service);
    const instance = { ...mainInstance(resolve(tree.root), {}), project: PROJECT };
    const authority = await testAuthority();
    const { cert, key } = await authority.issue('localhost');
    await fillVolumes(engine, instance, id, {
      [`${service}-secrets`]: { ...secrets, 'tls.pem': cert, 'tls.key': key },
      trust: { 'root.pem': authority.root },
    });
    const container = await engine.createContainer({
      name: `${PROJECT}-${service}-1`,
      Image: id,
      Labels: { [OWNER_LABEL]: PROJECT, 'com.docker.compose.service': service },
      Env: [
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        `TLS_CERT_FILE=${MOUNTS.secrets}/tls.pem`,
        `TLS_KEY_FILE=${MOUNTS.secrets}/tls.key`,
      ],
      HostConfig: {
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        Memory: 256 * 1024 * 1024,
        PidsLimit: 128,
        Mounts: [
          { Type: 'volume', Source: `${PROJECT}_${service}-secrets`, Target: MOUNTS.secrets, ReadOnly: true },
          { Type: 'volume', Source: `${PROJECT}_trust`, Target: MOUNTS.trust, ReadOnly: true },
        ],
      },
    });
    await container.start();
    return container;
  }
});

async function runInTools(words: string[]): Promise<string> {
  const exec = await engine.getContainer(`${COPY}-tools`).exec({ Cmd: words, AttachStdout: true, AttachStderr: true });
  const chunks: Buffer[] = [];
  for await (const chunk of await exec.start({})) chunks.push(chunk as Buffer);
  return unframe(Buffer.concat(chunks));
}

/** Chrome DevTools Protocol, Runtime.evaluate. */
async function evaluate(url: string, expression: string): Promise<unknown> {
  const socket = new WebSocket(url);
  const answered = new Promise<string>((settle, refuse) => {
    socket.addEventListener('message', ({ data }) => settle(String(data)));
    socket.addEventListener('error', () => refuse(new Error(`expected a debugger at ${url}, found none`)));
    socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } })));
  });
  try {
    const { result } = JSON.parse(await answered) as { result: { result: { value: unknown } } };
    return result.result.value;
  } finally {
    socket.close();
  }
}
