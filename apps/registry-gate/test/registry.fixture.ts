import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createAuthority, identitySecrets } from '@seaworthy/cli/ca';
import { MOUNTS } from '@seaworthy/contracts';
import { RegistryClient } from '@seaworthy/oci';
import { workloadToken } from '@seaworthy/platform';
import { trustingDispatcher, trustingFetch, type TrustingFetch } from '@seaworthy/testing/fetch';
import { bundleService } from '@seaworthy/supply-chain/build';
import { engine, freePort, ownImage, startToolbox, TEST_LABELS, type StartedToolbox } from '@seaworthy/testing';
import { GenericContainer, Wait } from 'testcontainers';

const ROOT = resolve(import.meta.dirname, '../../..');
const WORKLOADS = ['registry-gate', 'pipeline', 'gatekeeper', 'deploy', 'image-builder'];

export interface RunningRegistry {
  registry: (workload: string) => RegistryClient;
  anonymous: () => RegistryClient;
  token: (workload: string) => Promise<string>;
  fetch: TrustingFetch;
  toolbox: StartedToolbox;
  /** lines `registry access` of the gate's output */
  accesses: () => Promise<Record<string, unknown>[]>;
  /** bytes of memory that the gate has in use */
  memory: () => Promise<number>;
  port: number;
  stop: () => Promise<void>;
}

/** Identity, gate and registry as the platform runs them: own images, own bundles, a socket in a volume, one network. */
export async function startRegistryBehindGate(): Promise<RunningRegistry> {
  const dir = mkdtempSync(join(tmpdir(), 'seaworthy-gate-'));
  const id = randomUUID();
  const [network, socket] = [`seaworthy-test-gate-${id}`, `seaworthy-test-socket-${id}`];
  await engine.createNetwork({ Name: network, Labels: TEST_LABELS });
  await engine.createVolume({ Name: socket, Labels: TEST_LABELS });

  const clientSecrets = Object.fromEntries(WORKLOADS.map((name) => [name, `${name}-${randomUUID()}`]));
  const authority = await createAuthority(join(dir, 'ca'));
  const secrets = { ...authority.secrets, ...identitySecrets({ dir: join(dir, 'identity'), clientSecrets, people: [] }) };
  const node = await ownImage('node');
  const run = async (app: string, port: number, files: Record<string, string>) => {
    const { mainFile } = await bundleService({ appDir: join(ROOT, 'apps', app), outDir: join(dir, app) });
    const host = await freePort();
    const name = app === 'registry-gate' ? 'registry' : app;
    const container = await new GenericContainer(node)
      .withLabels(TEST_LABELS)
      .withNetworkMode(network)
      .withNetworkAliases(`${name}.seaworthy.internal`)
      // identity keeps revocations there
      .withTmpFs({ '/var/lib/seaworthy': 'rw,uid=65532,gid=65532,mode=0700' })
      .withExposedPorts({ container: port, host })
      .withCopyContentToContainer(
        Object.entries({ ...files, [`${MOUNTS.trust}/root.pem`]: authority.root, '/app/main.js': readFileSync(mainFile, 'utf8') }).map(
          ([target, content]) => ({ target, content, mode: 0o444 }),
        ),
      )
      .withBindMounts(app === 'registry-gate' ? [{ source: socket, target: '/run/registry', mode: 'rw' }] : [])
      .withEnvironment({ PORT: String(port) })
      .withEntrypoint(['/usr/bin/node', '/app/main.js'])
      .withCommand([])
      .withUser('65532:65532')
      .withWaitStrategy(Wait.forLogMessage(/"msg":"listening"/))
      .start();
    return { id: container.getId(), host };
  };

  const identity = await run(
    'identity',
    9443,
    Object.fromEntries(Object.entries(secrets).map(([name, text]) => [`${MOUNTS.secrets}/${name}`, text])),
  );
  const registry = await new GenericContainer(await ownImage('registry'))
    .withLabels(TEST_LABELS)
    .withNetworkMode('none')
    .withBindMounts([{ source: socket, target: '/run/registry', mode: 'rw' }])
    .withEnvironment({ REGISTRY_LOG_LEVEL: 'info' })
    .withWaitStrategy(Wait.forLogMessage(/listening on/))
    .start();
  const gate = await run('registry-gate', 5443, {
    [`${MOUNTS.secrets}/client-secret`]: clientSecrets['registry-gate']!,
    '/app/registry-rights.yaml': readFileSync(join(ROOT, 'infra/policies/registry-rights.yaml'), 'utf8'),
  });
  const toolbox = await startToolbox({
    network,
    files: { '/trust/root.pem': authority.root },
    environment: { SSL_CERT_FILE: '/trust/root.pem', HOME: '/tmp' },
  });

  const dispatcher = trustingDispatcher(authority.root);
  const fetch = trustingFetch(dispatcher);
  const token = (workload: string) =>
    workloadToken({
      identityUrl: `https://localhost:${identity.host}`,
      clientId: workload,
      clientSecret: clientSecrets[workload]!,
      fetch,
    })();
  const baseUrl = `https://localhost:${gate.host}`;
  return {
    registry: (workload) => new RegistryClient({ baseUrl, dispatcher, password: () => token(workload) }),
    anonymous: () => new RegistryClient({ baseUrl, dispatcher }),
    token,
    fetch,
    toolbox,
    accesses: async () => {
      const log = await engine.getContainer(gate.id).logs({ stdout: true, stderr: false, follow: false });
      const lines = log.toString('utf8').match(/\{"level".*"msg":"registry access"\}/g) ?? [];
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    memory: async () => (await engine.getContainer(gate.id).stats({ stream: false })).memory_stats.usage,
    port: gate.host,
    stop: async () => {
      await dispatcher.close();
      await toolbox.stop();
      for (const container of [gate.id, registry.getId(), identity.id])
        await engine.getContainer(container).remove({ force: true, v: true });
      await engine.getVolume(socket).remove();
      await engine.getNetwork(network).remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
