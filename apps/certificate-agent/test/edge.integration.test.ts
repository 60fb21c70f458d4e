import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthority, identitySecrets } from '@seaworthy/cli/ca';
import { MOUNTS } from '@seaworthy/contracts';
import { bundleService } from '@seaworthy/supply-chain/build';
import { engine, freePort, ownImage, TEST_LABELS } from '@seaworthy/testing';
import { GenericContainer, Wait, type StartedTestContainer, type WaitStrategy } from 'testcontainers';

const ROOT = resolve(import.meta.dirname, '../../..');
const MINUTES = 60_000;
const log = (message: RegExp) => Wait.forLogMessage(message);

describe('the certificate agent beside HAProxy', () => {
  const id = randomUUID();
  const [network, volume] = [`seaworthy-test-edge-${id}`, `seaworthy-test-edge-run-${id}`];
  const dir = mkdtempSync(join(tmpdir(), 'seaworthy-edge-'));
  const containers: StartedTestContainer[] = [];
  let root: string;
  let port: number;
  /** what the run that ends by itself said */
  let saidOnce: string;

  beforeAll(async () => {
    await engine.createNetwork({ Name: network, Labels: TEST_LABELS });
    await engine.createVolume({ Name: volume, Labels: TEST_LABELS });
    const authority = await createAuthority(join(dir, 'ca'));
    root = authority.root;
    const clientSecrets = { edge: randomUUID() };
    const secrets = { ...authority.secrets, ...identitySecrets({ dir: join(dir, 'identity'), clientSecrets, people: [] }) };
    // HAProxy's image owns /run/edge: whoever mounts it first gives the volume its owner
    const owner = await engine.createContainer({
      Image: await ownImage('haproxy'),
      Labels: TEST_LABELS,
      HostConfig: { Binds: [`${volume}:/run/edge`] },
    });
    await owner.remove();
    await start('identity', {
      environment: { PORT: '9443', LEAF_LIFETIME_SECONDS: '15', DATA_DIRECTORY: '/data' },
      secrets,
      ready: log(/"msg":"listening"/),
    });
    const own = { 'client-secret': clientSecrets.edge };
    const first = await start('certificate-agent', { secrets: own, words: ['once'], ready: Wait.forOneShotStartup() });
    saidOnce = await text(await first.logs());
    port = await freePort();
    containers.push(
      await new GenericContainer(await ownImage('haproxy'))
        .withLabels(TEST_LABELS)
        .withNetworkMode(network)
        .withExposedPorts({ container: 8443, host: port })
        .withBindMounts([{ source: volume, target: '/run/edge', mode: 'rw' }])
        .withCopyContentToContainer([{ target: `${MOUNTS.trust}/root.pem`, content: root, mode: 0o444 }])
        .withWaitStrategy(Wait.forLogMessage(/Loading success|New worker/))
        .start(),
    );
    await start('certificate-agent', { secrets: own, ready: log(/"msg":"certificate handed over"/) });
  }, 5 * MINUTES);

  afterAll(async () => {
    for (const container of containers.toReversed()) await engine.getContainer(container.getId()).remove({ force: true, v: true });
    await engine.getVolume(volume).remove();
    await engine.getNetwork(network).remove();
    rmSync(dir, { recursive: true, force: true });
  }, MINUTES);

  interface Start {
    readonly secrets: Record<string, string>;
    readonly ready: WaitStrategy;
    readonly words?: readonly string[];
    readonly environment?: Record<string, string>;
  }
  async function start(app: string, options: Start): Promise<StartedTestContainer> {
    const { mainFile } = await bundleService({ appDir: join(ROOT, 'apps', app), outDir: join(dir, app) });
    const files = {
      '/app/main.js': readFileSync(mainFile, 'utf8'),
      [`${MOUNTS.trust}/root.pem`]: root,
      ...Object.fromEntries(Object.entries(options.secrets).map(([name, secret]) => [`${MOUNTS.secrets}/${name}`, secret])),
    };
    const container = await new GenericContainer(await ownImage('node'))
      .withLabels(TEST_LABELS)
      .withNetworkMode(network)
      .withNetworkAliases(`${app}.seaworthy.internal`)
      .withCopyContentToContainer(Object.entries(files).map(([target, content]) => ({ target, content, mode: 0o444 })))
      .withTmpFs({ '/data': 'rw,uid=65532,gid=65532,mode=0700' })
      .withBindMounts(app === 'certificate-agent' ? [{ source: volume, target: '/run/edge', mode: 'rw' }] : [])
      .withEnvironment(options.environment ?? {})
      .withEntrypoint(['/usr/bin/node', '/app/main.js'])
      .withCommand([...(options.words ?? [])])
      .withUser('65532:65532')
      .withWaitStrategy(options.ready)
      .start();
    containers.push(container);
    return container;
  }

  /** Serial number of the certificate that HAProxy presents; the chain is verified against the platform's root. */
  async function presented(): Promise<string> {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: root });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  }

  it('makes a certificate that HAProxy can start with', () => {
    expect(saidOnce).toContain('"msg":"certificate written"');
  });

  it(
    'gives the running HAProxy a new certificate before the old one ends, and nobody is cut off',
    async () => {
      const open = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: root });
      await once(open, 'secureConnect');
      const before = await presented();
      let now = before;
      while (now === before) {
        await delay(500); // HAProxy tells nobody that its certificate has changed
        now = await presented();
      }
      expect(open.destroyed).toBe(false);
      open.destroy();
    },
    MINUTES,
  );
});
