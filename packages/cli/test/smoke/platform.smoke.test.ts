import { describe, expect, it } from '@jest/globals';
import { findEngine } from '../../src/host/engine/engine.ts';
import { listContainers, type PlatformContainer } from '../../src/host/platform-objects.ts';
import { ask, askPlainly, instance } from './ask.ts';

const { ports } = instance;

describe('the running platform', () => {
  describe('catalog, through the edge', () => {
    it('serves products to anybody', async () => {
      const { status, body } = await ask(ports.edge, '/products');
      expect(status).toBe(200);
      expect(JSON.parse(body)).toBeTruthy();
    });

    it('answers what is not there as problem+json', async () => {
      const { status, headers, body } = await ask(ports.edge, '/nowhere');
      expect(status).toBe(404);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(body).not.toMatch(/\bat .*\.js/);
    });

    it('keeps its probes inside', async () => {
      const { status } = await ask(ports.edge, '/health/ready');
      expect([403, 404]).toContain(status);
    });
  });

  describe('orders, through the edge', () => {
    it.each(['/orders', '/orders/00000000-0000-4000-8000-000000000000', '/orders/00000000-0000-4000-8000-000000000000/events'])(
      'gives nothing of %s to the anonymous',
      async (path) => {
        const { status, headers } = await ask(ports.edge, path);
        expect(status).toBe(401);
        expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      },
    );

    it.each(['//orders', '/Orders', '/%6frders', '/x/../orders'])('knows %s as no address of orders', async (path) => {
      expect((await ask(ports.edge, path)).status).toBe(404);
    });
  });

  describe('the registry', () => {
    it.each(['/v2/', '/v2/_catalog', '/v2/release/catalog/manifests/main'])('gives nothing of %s to the anonymous', async (path) => {
      const { status, headers } = await ask(ports.registry, path);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toMatch(/^Bearer realm="https:/);
    });
  });

  describe.each(Object.entries(ports))('TLS of %s', (_, port) => {
    it('is not anchored in the system’s own trust: nobody but the platform’s root vouches for it', async () => {
      await expect(ask(port, '/', { trust: 'system' })).rejects.toMatchObject({ code: expect.stringMatching(/UNABLE_TO_|SELF_SIGNED/) });
    });

    it('is the only way in', async () => {
      const plain = await askPlainly(port);
      expect([400, 'ECONNRESET', 'EPIPE', 'HPE_INVALID_CONSTANT']).toContain(plain);
    });
  });

  describe('its containers', () => {
    it('run: every one, or it has done its task', async () => {
      const bad = (await services()).filter(({ state, status }) => state !== 'running' && !status.startsWith('Exited (0)'));
      expect(bad.map(({ name }) => name)).toEqual([]);
    });

    it('are pinned by id, two replicas of each service among them', async () => {
      const all = await services();
      expect(all.filter(({ image }) => !/^sha256:[0-9a-f]{64}$|^[0-9a-f]{12}$/.test(image)).map(({ name }) => name)).toEqual([]);
      for (const name of ['catalog', 'orders', 'payments'])
        expect(all.filter(({ service, state }) => service === name && state === 'running')).toHaveLength(2);
    });
  });
});

async function services(): Promise<PlatformContainer[]> {
  const { engine } = await findEngine();
  if (!engine) throw new Error('expected an engine, found none; run npm run doctor');
  return (await listContainers(engine, instance.project)).filter(({ service }) => service !== undefined);
}
