import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MOUNTS, OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { engine, testAuthority } from '@seaworthy/testing';
import { ownService } from '@seaworthy/testing-services';
import type Docker from 'dockerode';
import { unframe } from '../../src/engine/run-once.ts';
import { fillVolume } from '../../src/engine/volumes.ts';
import { findEngine, type Engine } from '../../src/host/engine/engine.ts';
import { mainInstance } from '../../src/instance.ts';
import { removeCopy } from '../../src/remove/remove-objects.ts';
import { get } from '../develop/https.ts';
import { RunningCommand } from '../develop/running-command.ts';
import { WorkingTree } from '../develop/working-tree.fixture.ts';

jest.setTimeout(240_000);

const PROJECT = testProject('debug', process.pid);
const COPY = `${PROJECT}-debug`;
const NAME = `${PROJECT}-catalog-1`;
const SECRET = 'the-replica-s-own-password';

describe('npm run debug, beside a replica that runs', () => {
  let tree: WorkingTree;
  let host: Engine;
  let image: string;
  let replica: Docker.Container;
  let before: Docker.ContainerInspectInfo;

  beforeAll(async () => {
    tree = new WorkingTree();
    host = (await findEngine()).engine as Engine;
    image = await ownService('catalog');
    replica = await startReplica(image);
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
      expect(files.trim()).toMatch(/^[\w-]{32}$/);
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

  async function startReplica(id: string): Promise<Docker.Container> {
    const instance = { ...mainInstance(resolve(tree.root), {}), project: PROJECT };
    const { cert, key } = await (await testAuthority()).issue('localhost');
    await fillVolume(engine, instance, id, 'catalog-secrets', {
      'database-password': SECRET,
      'cache-password': SECRET,
      'tls.pem': cert,
      'tls.key': key,
    });
    const container = await engine.createContainer({
      name: NAME,
      Image: id,
      Labels: { [OWNER_LABEL]: PROJECT, 'com.docker.compose.service': 'catalog' },
      Env: [
        'DATABASE_HOST=postgres',
        'DATABASE_NAME=catalog',
        'DATABASE_USER=catalog',
        'CACHE_HOST=valkey',
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
        Mounts: [{ Type: 'volume', Source: `${PROJECT}_catalog-secrets`, Target: MOUNTS.secrets, ReadOnly: true }],
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
