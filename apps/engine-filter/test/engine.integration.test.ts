import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ownImage } from '@seaworthy/testing';
import Docker from 'dockerode';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { testProject } from '@seaworthy/contracts';
import { EngineSocket } from '../src/engine.socket.ts';
import { listenForClient } from '../src/filter.server.ts';
import { goodContainer, goodVolume } from './filter.fixture.ts';

const PROJECT = testProject('filter', process.pid);
const LABELS = { 'dev.seaworthy.project': PROJECT, 'dev.seaworthy.engine-client': 'pipeline' };

describe('engine filter in front of the real engine', () => {
  const bare = new Docker();
  let image: string;
  let directory: string;
  let server: Server;
  let engine: Docker;

  beforeAll(async () => {
    image = await ownImage('toolbox');
    directory = await mkdtemp(join(tmpdir(), 'filter-'));
    const socket = join(directory, 'pipeline.sock');
    const client = { name: 'pipeline', socket, project: PROJECT, images: [image], networks: [] };
    server = await listenForClient({ client, engine: new EngineSocket('/var/run/docker.sock'), audit: () => undefined });
    engine = new Docker({ socketPath: socket });
  });
  afterAll(async () => {
    const filters = { label: [`dev.seaworthy.project=${PROJECT}`] };
    for (const { Id } of await bare.listContainers({ all: true, filters })) await bare.getContainer(Id).remove({ force: true });
    for (const { Name } of (await bare.listVolumes({ filters })).Volumes) await bare.getVolume(Name).remove();
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });

  // dockerode puts options into the query as well as into the body, unless told apart.
  const container = (name: string, change: Record<string, unknown> = {}, host: Record<string, unknown> = {}) => {
    const good = goodContainer();
    const body = { ...good, Image: image, Labels: LABELS, ...change, HostConfig: { ...good.HostConfig, Mounts: [], ...host } };
    return { _query: { name: `${PROJECT}.pipeline.${name}` }, _body: body };
  };
  const create = (options: object): Promise<Docker.Container> => engine.createContainer(dockerode(options));
  const volume = async (name: string, size = '64m'): Promise<string> => {
    const o = `nosuid,nodev,size=${size},uid=65532,gid=65532,mode=0755`;
    const body = {
      ...goodVolume(),
      Name: `${PROJECT}.pipeline.${name}`,
      Labels: LABELS,
      DriverOpts: { type: 'tmpfs', device: 'tmpfs', o },
    };
    await engine.createVolume(dockerode({ _query: {}, _body: body }));
    return body.Name;
  };

  it('lets a job live its whole life: fill, start, wait, logs, result, remove', async () => {
    const io = await volume('io');
    const Mounts = [{ Type: 'volume', Source: io, Target: '/io' }];
    const keeper = await create(container('keeper', { Entrypoint: ['/usr/bin/sleep', '600'] }, { Mounts }));
    await keeper.start();
    await keeper.putArchive(await archiveOf('in.txt', 'ahoy'), { path: '/io' });

    const program =
      'const fs=require("fs");fs.writeFileSync("/io/out.txt",fs.readFileSync("/io/in.txt")+"!");console.log(process.getuid())';
    const job = await create(container('job', { Entrypoint: ['/usr/bin/node', '-e', program] }, { Mounts }));
    await job.start();
    expect(await job.wait()).toMatchObject({ StatusCode: 0 });
    expect(String(await job.logs({ stdout: true, stderr: true }))).toContain('65532');

    const files = new Map<string, string>();
    const tar = extract();
    (await keeper.getArchive({ path: '/io/out.txt' })).pipe(tar);
    for await (const entry of tar) files.set(entry.header.name, await text(entry));
    expect(files.get('out.txt')).toBe('ahoy!');

    expect(
      (await engine.listContainers({ all: true })).map(({ Names }) => Names[0]).toSorted((a, b) => String(a).localeCompare(String(b))),
    ).toEqual([`/${PROJECT}.pipeline.job`, `/${PROJECT}.pipeline.keeper`]);
    await job.remove({ force: true });
    await keeper.remove({ force: true });
    await engine.getVolume(io).remove();
    expect(await engine.listContainers({ all: true })).toEqual([]);
  });

  it('follows the logs of a running job', async () => {
    const job = await create(container('talker', { Entrypoint: ['/usr/bin/node', '-e', 'setTimeout(()=>console.log("done"),300)'] }));
    await job.start();
    const logs = await job.logs({ stdout: true, stderr: true, follow: true });
    expect((await buffer(logs)).toString()).toContain('done');
    await job.remove({ force: true });
  });

  it('gives the size limit to the kernel: a job cannot write more than its volume holds', async () => {
    const small = await volume('small', '1m');
    const program = 'require("fs").writeFileSync("/io/x",Buffer.alloc(2**21))';
    const Mounts = [{ Type: 'volume', Source: small, Target: '/io' }];
    const job = await create(container('filler', { Entrypoint: ['/usr/bin/node', '-e', program] }, { Mounts }));
    await job.start();
    expect((await job.wait()).StatusCode).not.toBe(0);
    expect(String(await job.logs({ stderr: true }))).toContain('ENOSPC');
    await job.remove({ force: true });
    await engine.getVolume(small).remove();
  });

  it('hides a container of others, and refuses to touch it', async () => {
    const options = container('x', { Entrypoint: ['/usr/bin/sleep', '60'], Labels: { 'dev.seaworthy.project': PROJECT } });
    const foreign = await bare.createContainer(dockerode({ ...options, _query: { name: `${PROJECT}-registry-1` } }));
    for (const attempt of [
      () => engine.getContainer(foreign.id).inspect(),
      () => engine.getContainer(`${PROJECT}-registry-1`).getArchive({ path: '/etc/passwd' }),
      () => engine.getContainer(foreign.id).remove({ force: true }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ statusCode: 404 });
    }
    await expect(engine.getContainer(foreign.id).exec({ Cmd: ['id'] })).rejects.toMatchObject({ statusCode: 403 });
    await expect(engine.getContainer(foreign.id).attach({ stream: true, hijack: true })).rejects.toBeDefined();
    expect((await bare.getContainer(foreign.id).inspect()).State.Running).toBe(false);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a bind', {}, { Binds: ['/:/host'] }],
    ['a privileged container', {}, { Privileged: true }],
    ['the default bridge', {}, { NetworkMode: 'bridge', Dns: ['127.0.0.1'] }],
    ['another image', { Image: `sha256:${'0'.repeat(64)}` }, {}],
  ])('refuses %s, and the engine holds nothing afterwards', async (_what, change, host) => {
    await expect(create(container('bad', change, host))).rejects.toMatchObject({ statusCode: 403 });
    await expect(bare.getContainer(`${PROJECT}.pipeline.bad`).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });
});

// its types do not know _query and _body
function dockerode(options: object): Docker.ContainerCreateOptions & Docker.VolumeCreateOptions {
  return { ...options };
}

async function archiveOf(name: string, content: string): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name, uid: 65532, gid: 65532 }, content);
  tar.finalize();
  return buffer(tar);
}
