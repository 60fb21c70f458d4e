import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_LABEL } from '@seaworthy/contracts';
import { gatewayOf } from '@seaworthy/drills';
import type { PlayedInternet } from '@seaworthy/drills';
import { loadRuntimePolicy } from '@seaworthy/policy/runtime';
import type { RuntimePolicy } from '@seaworthy/policy/runtime';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { playInternet } from '../../src/drill/play-internet.ts';
import { helperLabels } from '../../src/engine/helper-containers.ts';
import { unframe } from '../../src/engine/run-once.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { connectPlatform } from '../../src/start/connect.ts';
import type { RunningPlatform } from '../../src/start/start-platform.ts';

/** Most of the time a probe waits for what does not answer. */
const PROBES_AT_ONCE = 4;
const PROGRAM = readFileSync(join(import.meta.dirname, 'reach.probe.mjs'), 'utf8');

interface Target {
  readonly what: string;
  /** where it is */
  readonly network: string;
  readonly host: string;
  readonly port: number;
  readonly refusalIsAnswer?: true;
}

/** Port 9 (discard, RFC 863): nobody listens there, and a host that is reached says so. */
const ENGINE = { what: 'the engine', port: 9, refusalIsAnswer: true } as const;

/** What the service cards and runtime.yaml say. */
const policy: RuntimePolicy = await loadRuntimePolicy(REPOSITORY);
/** Those that run on, and have a network. */
const SERVICES = Object.entries(policy.containers)
  .filter(([, { networks, restart }]) => networks.length > 0 && restart !== 'no')
  .map(([name]) => name);

describe('who reaches whom, on the running platform', () => {
  let platform: RunningPlatform;
  let internet: PlayedInternet;
  let containers: Docker.ContainerInfo[];
  let targets: Target[];
  const probes = new Map<string, Promise<string[]>>();

  beforeAll(async () => {
    platform = await connectPlatform();
    const { docker } = platform.host;
    internet = await playInternet(docker, platform.instance, platform.state.imageIds['node'] ?? '');
    const label = [`${OWNER_LABEL}=${platform.instance.project}`, 'com.docker.compose.service'];
    containers = await docker.listContainers({ filters: { label } });
    const egress = `${platform.instance.project}_egress`;
    const networks = await docker.listNetworks({ filters: { label: [`${OWNER_LABEL}=${platform.instance.project}`] } });
    targets = [
      ...networks.flatMap(({ Name, IPAM }) =>
        (IPAM?.Config ?? []).map((config) => ({ ...ENGINE, network: Name, host: gatewayOf(config) })),
      ),
      ...containers.flatMap((container) => {
        const what = serviceOf(container);
        const port = policy.listens[what];
        return port === undefined ? [] : addressesOf(container).map(([network, host]) => ({ what, network, host, port }));
      }),
      { what: 'the internet', network: egress, host: internet.address, port: internet.port },
    ];
    const waiting = SERVICES.values();
    const probeNext = async (): Promise<void> => {
      for (const service of waiting) {
        const probe = reachOf(service);
        probes.set(service, probe);
        // how it ended is for the test of that service
        await Promise.allSettled([probe]);
      }
    };
    await Promise.all(Array.from({ length: PROBES_AT_ONCE }, probeNext));
  });
  afterAll(async () => {
    await internet?.stop();
    await platform?.access.close();
  });

  it.each(SERVICES)('%s reaches those that share a network with it, and nobody else', async (service) => {
    const reached = await probes.get(service);
    expect(reached?.toSorted()).toEqual(expected(service));
  });

  it('knows where each of them listens, but for the one that nobody calls', () => {
    expect(SERVICES.filter((name) => policy.listens[name] === undefined)).toEqual(['certificate-agent']);
  });

  async function reachOf(service: string): Promise<string[]> {
    const one = containers.find((container) => serviceOf(container) === service);
    const networks = Object.keys(one?.NetworkSettings.Networks ?? {});
    if (networks.length === 0) throw new Error(`expected networks of a container of ${service}, found none`);
    return reachFrom(platform, networks, await dialable(platform, networks, targets));
  }
});

/** What the service cards and runtime.yaml come to. */
function expected(service: string): string[] {
  const { containers, listens } = policy;
  const own = new Set(containers[service]?.networks);
  const peers = Object.keys(listens).filter((peer) => containers[peer]?.networks.some((network) => own.has(network)));
  // a port can be published on the host only over a network on which the host is, too: docs/reference/runtime-profile.md
  const engine = [...own].some((network) => network.startsWith('ingress-')) || own.has('egress') ? ['the engine'] : [];
  const internet = own.has('egress') ? ['the internet'] : [];
  return [...peers, ...engine, ...internet].toSorted();
}

/** Takes part in the same networks as a service, as one more member of each, and dials. */
async function reachFrom(
  { host: { docker }, instance, state }: RunningPlatform,
  networks: readonly string[],
  targets: readonly Target[],
): Promise<string[]> {
  const [first = 'none', ...others] = networks;
  const container = await docker.createContainer({
    Image: state.imageIds['node'] ?? '',
    Entrypoint: ['/usr/bin/node', '--input-type=module', '--eval', PROGRAM],
    Env: [`TARGETS=${JSON.stringify(targets)}`],
    Labels: helperLabels(instance),
    HostConfig: { NetworkMode: first, ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], Dns: ['127.0.0.1'] },
  });
  try {
    for (const network of others) await docker.getNetwork(network).connect({ Container: container.id });
    await container.start();
    await container.wait();
    const output = unframe(await container.logs({ stdout: true, stderr: true }));
    const reached = /^reached=(.*)$/m.exec(output)?.[1];
    if (reached === undefined) throw new Error(`expected the probe to say what it reached, found: ${output}`);
    return JSON.parse(reached) as string[];
  } finally {
    await container.remove({ force: true });
  }
}

function serviceOf({ Labels }: Docker.ContainerInfo): string {
  return Labels['com.docker.compose.service'] ?? '';
}

function addressesOf({ NetworkSettings }: Docker.ContainerInfo): [network: string, address: string][] {
  return Object.entries(NetworkSettings.Networks).flatMap(([network, { IPAddress }]) => (IPAddress ? [[network, IPAddress]] : []));
}

/**
 * The engine has no route to its own internal networks: what is sent there by one who has a default route leaves this machine, and a
 * test dials nothing outside. Those who have none try everything.
 */
async function dialable({ host, instance }: RunningPlatform, networks: readonly string[], targets: readonly Target[]): Promise<Target[]> {
  const label = [`${OWNER_LABEL}=${instance.project}`];
  const internal = new Set((await host.docker.listNetworks({ filters: { label } })).filter((one) => one.Internal).map(({ Name }) => Name));
  if (networks.every((name) => internal.has(name))) return [...targets];
  return targets.filter(({ network }) => networks.includes(network) || !internal.has(network));
}
