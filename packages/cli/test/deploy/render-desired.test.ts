import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type Docker from 'dockerode';
import { renderDesired } from '../../src/deploy/fleet/render-desired.ts';
import { Compose } from '../../src/engine/compose.ts';
import { mainInstance } from '../../src/instance.ts';
import { IMAGE, SERVICE } from './service.fixture.ts';

const SCALE = { min: 2, max: 6, targetConcurrency: 16 };
const CONFIG = {
  services: { catalog: SERVICE, orders: SERVICE },
  networks: { 'edge-catalog': { name: 'demo_edge-catalog' }, 'catalog-postgres': { name: 'demo_catalog-postgres' } },
  volumes: { trust: { name: 'demo_trust' } },
};
/** Stands where compose does. */
const CONFIGURED = `console.log(process.argv.includes('--hash') ? 'catalog 0123\\norders 4567' : ${JSON.stringify(JSON.stringify(CONFIG))})`;

const docker = { getImage: () => ({ inspect: async () => ({ Config: { Env: [], WorkingDir: '/app' } }) }) } as unknown as Docker;

describe('what the fleet shall keep', () => {
  let root: string;
  const write = (path: string, content: object): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(content));
  };
  const card = (name: string, scale?: object, source = '.seaworthy/source'): void =>
    write(`${source}/apps/${name}/service.yaml`, { name, tier: 'public', owner: 'shop', description: 'x', parent: 'node', scale });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'seaworthy-desired-'));
    write('.seaworthy/source/infra/seccomp/node.json', {});
    card('catalog', SCALE);
    card('orders', SCALE);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const render = async (...names: string[]) => {
    const instance = mainInstance(root, {});
    return renderDesired(
      docker,
      instance,
      new Compose(instance, { engine: { socketPath: '' }, compose: [process.execPath, '--eval', CONFIGURED, '--'] }),
      names,
    );
  };

  it('is as many replicas of each service as its own card says, of the image that was verified', async () => {
    card('orders', { min: 1, max: 3, targetConcurrency: 4 });
    const revision = expect.objectContaining({ container: expect.objectContaining({ Image: IMAGE }) });
    expect(await render('catalog', 'orders')).toEqual({
      catalog: { scale: SCALE, current: revision },
      orders: { scale: { min: 1, max: 3, targetConcurrency: 4 }, current: revision },
    });
  });

  it('is labelled with the hash that compose has for each', async () => {
    const labelled = (hash: string) => ({ current: { container: { Labels: { 'com.docker.compose.config-hash': hash } } } });
    expect(await render('catalog', 'orders')).toMatchObject({ catalog: labelled('0123'), orders: labelled('4567') });
  });

  it('is what the card of the commit says, whatever the working tree has', async () => {
    card('catalog', { ...SCALE, max: 50 }, '.');
    expect(await render('catalog')).toMatchObject({ catalog: { scale: SCALE } });
  });

  it('is not known of a service whose card has no bounds', async () => {
    card('catalog');
    await expect(render('catalog')).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('how many replicas catalog may have'),
    });
  });
});
