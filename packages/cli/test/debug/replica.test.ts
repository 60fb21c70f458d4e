import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import { findReplica } from '../../src/debug/replica.ts';
import type { Engine } from '../../src/host/engine/engine.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

const RUNNING = ['catalog-1', 'catalog-2', 'identity-1', 'gatekeeper-1', 'postgres-1'];
const GONE = 'catalog-2';

describe('a replica to be copied', () => {
  let folder: string;
  let socketPath: string;
  let server: Server;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-replica-'));
    socketPath = join(folder, 'engine.sock');
    server = createServer(({ url = '' }, answer) => {
      const name = /containers\/([\w-]+)\/json/.exec(url)?.[1];
      if (name === GONE) answer.writeHead(404);
      const listed = RUNNING.map((one) => {
        const Labels = { 'com.docker.compose.service': one.replace(/-\d$/, '') };
        return { Id: one, Names: [`/p-${one}`], State: 'running', Ports: [], Labels };
      });
      answer.end(JSON.stringify(url.includes('/containers/json') ? listed : { Name: `/p-${name}` }));
    });
    await new Promise<void>((settle) => server.listen(socketPath, settle));
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const find = async (wanted: string) =>
    findReplica(new Docker({ socketPath }), { socketPath } as Engine, { project: 'p', root: REPOSITORY }, wanted);

  it.each(['catalog-1', 'p-catalog-1'])('is found as %s', async (wanted) => {
    expect(await find(wanted)).toMatchObject({ name: 'catalog-1', card: { name: 'catalog' }, details: { Name: '/p-catalog-1' } });
  });

  it.each([
    ['gatekeeper-1', 'gatekeeper-1 cannot be copied: it is part of the platform and needs its keys'],
    ['postgres-1', 'postgres-1 cannot be copied: it is no service of apps/'],
    ['catalog-7', 'There is no replica catalog-7'],
  ])('is offered when its copy can live: %s is none', async (wanted, message) => {
    await expect(find(wanted)).rejects.toMatchObject({ code: 'USAGE', message, expected: 'catalog-1, catalog-2, identity-1' });
  });

  it('is not there when the fleet has taken it away meanwhile', async () => {
    const gone = { code: 'USAGE', message: 'There is no replica catalog-2', expected: 'catalog-1, identity-1' };
    await expect(find(GONE)).rejects.toMatchObject(gone);
  });
});
