import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REVISION_LABEL } from '@seaworthy/contracts';
import { engine, eventually, ownImage, TEST_LABELS } from '@seaworthy/testing';
import type { Replica } from '../src/decide/observed.ts';
import { EngineClient } from '../src/drive/compose/engine.client.ts';
import { Replicas } from '../src/drive/compose/replicas.ts';
import { DESIRED } from './engine.fixture.ts';

/** Longer than the fleet waits between two comparisons of a file system with the image. */
const LATER_MS = 11_000;

/** The engine itself tells events without an end, until somebody asks it for a part; the engine filter does, and nobody enters here. */
class WithoutEvents extends EngineClient {
  override async entries(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }

  override async follow(): Promise<void> {
    return undefined;
  }
}

describe('what the engine tells of a replica’s files', () => {
  let service: string;
  let replicas: Replicas;
  let now: number;
  beforeEach(async () => {
    service = `files-${randomUUID()}`;
    // where DOCKER_HOST names none, the client looks for it
    const { socketPath } = engine.modem as unknown as { socketPath: string | (() => Promise<string>) };
    replicas = new Replicas(new WithoutEvents(typeof socketPath === 'string' ? socketPath : await socketPath()), service);
    now = Date.now();
  });
  afterEach(async () => {
    const filters = { label: [`com.docker.compose.service=${service}`] };
    for (const { Id } of await engine.listContainers({ all: true, filters }))
      await engine.getContainer(Id).remove({ force: true, v: true });
  });

  /** One that the fleet would take for a replica, but for its writable root, with a volume and a tmpfs as replicas have them. */
  const start = async (program: string) => {
    const container = await engine.createContainer({
      Image: await ownImage('node'),
      Cmd: ['--eval', `${program}; setInterval(() => undefined, 1_000)`],
      User: '0:0',
      Labels: { ...TEST_LABELS, 'com.docker.compose.service': service, [REVISION_LABEL]: 'b'.repeat(16) },
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Tmpfs: { '/tmp': 'size=1m' },
        Mounts: [{ Type: 'volume', Source: '', Target: '/run/seaworthy/secrets' }],
      },
    });
    await container.start();
    return container;
  };
  // of another revision than they are labelled with: how they are configured is not judged here
  const look = async (): Promise<Replica | undefined> => (await replicas.look(DESIRED, undefined, new Set(), (now += LATER_MS)))[0];

  it('is that nothing was written, when it wrote to its volume and its tmpfs alone', async () => {
    const container = await start(
      "for (const at of ['/tmp', '/run/seaworthy/secrets']) fs.writeFileSync(`${at}/a`, ''); console.log('wrote')",
    );
    await eventually(async () => expect((await container.logs({ stdout: true })).toString()).toContain('wrote'));
    await look();
    expect(await look()).toMatchObject({ state: 'running', drift: [] });
  });

  it('is the file that it wrote into its root', async () => {
    await start("fs.writeFileSync('/run/seaworthy/intruder', '')");
    const drift = [{ code: 'FILE_WRITTEN', detail: '/run/seaworthy/intruder differs from the image' }];
    await eventually(async () => expect(await look()).toMatchObject({ drift }));
  });

  it('is the file of its image that it altered', async () => {
    await start("fs.appendFileSync('/etc/passwd', 'intruder')");
    // the engine names the directory first
    const drift = [{ code: 'FILE_WRITTEN', detail: '/etc differs from the image' }];
    await eventually(async () => expect(await look()).toMatchObject({ drift }));
  });
});
