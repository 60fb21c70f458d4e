import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OciLayout } from '@seaworthy/oci';
import { startRegistryBehindGate, type RunningRegistry } from './registry.fixture.ts';

const BASE = join(resolve(import.meta.dirname, '../../..'), '.seaworthy/images/registry');
const HOST = 'registry.seaworthy.internal:5443';
const MINUTES = 60_000;

describe('registry, gate and identity together', () => {
  let running: RunningRegistry;
  beforeAll(async () => {
    running = await startRegistryBehindGate();
    await running.registry('image-builder').pushLayout(await OciLayout.open(BASE), 'staging/registry', '1');
  }, 10 * MINUTES);
  afterAll(() => running?.stop(), MINUTES);

  const skopeo = async (...command: string[]) => running.toolbox.run('/usr/bin/skopeo', ...command);
  const login = async (workload: string) => `x:${await running.token(workload)}`;

  describe('when skopeo has an identity with the right', () => {
    it(
      'reads and copies',
      async () => {
        const pipeline = await login('pipeline');
        const inspected = await skopeo('inspect', '--creds', pipeline, `docker://${HOST}/staging/registry:1`);
        expect(inspected).toMatchObject({ exitCode: 0 });
        const gatekeeper = await login('gatekeeper');
        const copied = await skopeo(
          'copy',
          '--src-creds',
          gatekeeper,
          '--dest-creds',
          gatekeeper,
          `docker://${HOST}/staging/registry:1`,
          `docker://${HOST}/release/registry:main`,
        );
        expect(copied).toMatchObject({ exitCode: 0 });
        expect(await running.registry('deploy').resolve('release/registry', 'main')).toEqual(
          await running.registry('pipeline').resolve('staging/registry', '1'),
        );
      },
      MINUTES,
    );
  });

  describe('when the identity has no right', () => {
    it(
      'skopeo cannot push, and nothing is there afterwards',
      async () => {
        const pipeline = await login('pipeline');
        const { exitCode, stderr } = await skopeo(
          'copy',
          '--src-creds',
          pipeline,
          '--dest-creds',
          pipeline,
          `docker://${HOST}/staging/registry:1`,
          `docker://${HOST}/release/evil:main`,
        );
        expect(exitCode).not.toBe(0);
        expect(stderr).toMatch(/denied|no right/i);
        await expect(running.registry('deploy').resolve('release/evil', 'main')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      },
      MINUTES,
    );

    it('costs no blob', async () => {
      await expect(running.registry('deploy').resolve('staging/registry', '1')).rejects.toMatchObject({ code: 'DENIED' });
      const blobs = (await running.accesses()).filter(
        ({ identity, kind, method, repository }) =>
          identity === 'workload:deploy' && kind === 'blob' && method === 'GET' && repository === 'staging/registry',
      );
      expect(blobs).toEqual([]);
    });
  });

  describe('when nobody asks', () => {
    it(
      'skopeo, cosign and our own client get nothing',
      async () => {
        expect((await skopeo('inspect', `docker://${HOST}/staging/registry:1`)).stderr).toMatch(
          /unauthorized|authentication required|401/i,
        );
        expect((await running.toolbox.run('/usr/bin/cosign', 'tree', `${HOST}/staging/registry:1`)).exitCode).not.toBe(0);
        await expect(running.anonymous().resolve('staging/registry', '1')).rejects.toMatchObject({ code: 'DENIED' });
      },
      MINUTES,
    );
  });

  describe('when the authority is not trusted', () => {
    it.each([
      ['skopeo', ['/usr/bin/skopeo', 'inspect', '--creds', 'x:y', `docker://${HOST}/staging/registry:1`]],
      ['cosign', ['/usr/bin/cosign', 'tree', `${HOST}/staging/registry:1`]],
    ])(
      '%s does not speak to it',
      async (_, command) => {
        const { exitCode, stderr } = await running.toolbox.run('/usr/bin/env', 'SSL_CERT_FILE=/dev/null', ...command);
        expect(exitCode).not.toBe(0);
        expect(stderr).toMatch(/certificate|x509/i);
      },
      MINUTES,
    );
  });

  describe('when a form asks for a blob to be mounted from where its sender may not read', () => {
    it('is an ordinary upload: the registry believes what stands in the address, and that was judged', async () => {
      const kept = await running.registry('gatekeeper').putBlob('release/kept', Buffer.from('kept'));
      const url = `https://localhost:${running.port}`;
      const basic = { authorization: `Basic ${btoa(await login('image-builder'))}` };
      const scope = `${url}/token?service=registry.seaworthy.internal&scope=repository:staging/thief:pull,push`;
      const { token } = (await (await running.fetch(scope, { headers: basic })).json()) as { token: string };
      const body = new URLSearchParams({ mount: kept.digest, from: 'release/kept' });
      const headers = { authorization: `Bearer ${token}` };
      const { status } = await running.fetch(`${url}/v2/staging/thief/blobs/uploads/`, { method: 'POST', headers, body });
      expect(status).toBe(202); // 201: mounted
      await expect(running.registry('image-builder').getBlobBytes('staging/thief', kept)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    });
  });

  describe('when somebody speaks plain HTTP', () => {
    it('there is no answer of a registry', async () => {
      const socket = connect(running.port, '127.0.0.1', () => socket.write('GET /v2/ HTTP/1.1\r\nhost: localhost\r\n\r\n'));
      let heard = '';
      socket.on('data', (chunk) => (heard += String(chunk)));
      await once(socket, 'close');
      expect(heard).not.toMatch(/ (200|401) /);
    });
  });

  describe('when a layer has 200 MB', () => {
    it(
      'passes in both directions, without being held in memory',
      async () => {
        const chunk = randomBytes(1024 * 1024);
        const bytes = Buffer.concat(Array.from({ length: 200 }, () => chunk));
        const pipeline = running.registry('pipeline');
        const descriptor = await pipeline.putBlob('staging/big', bytes);
        let read = 0;
        for await (const part of await pipeline.getBlob('staging/big', descriptor)) read += (part as Buffer).length;
        expect(read).toBe(bytes.length);
        expect(await running.memory()).toBeLessThan(250 * 1024 * 1024);
      },
      2 * MINUTES,
    );
  });
});
