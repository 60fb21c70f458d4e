import { join } from 'node:path';
import { OWNER_LABEL } from '@seaworthy/contracts';
import { loadRuntimePolicy } from '@seaworthy/policy/runtime';
import type Docker from 'dockerode';
import type { DrillPlatform, PlayedInternet } from '../../platform.ts';

/** Something to dial (with a port), or to ask the name server about (without). */
export interface Target {
  readonly what: string;
  readonly host: string;
  readonly port?: number;
}

/** The commit's own declarations: what is new there is tried, too. */
const ROOT = join(import.meta.dirname, '../../../../..');

/** The routes of catalog's service card: without them it could not serve, and an attack that cannot take even these proves nothing. */
const DECLARED = new Set(['identity', 'postgres', 'valkey']);
/** On a network with it: who calls it, and other replicas of its own. */
const BESIDE = new Set(['edge', 'catalog']);

/**
 * Who is not to be reached, and has to run for that to say anything. Not the registry: it has no network, and its door is the gate. By their names, which
 * the policy may not lose unnoticed.
 */
export const OTHERS = [
  'registry-gate',
  'pipeline',
  'gatekeeper',
  'fleet',
  'egress',
  'orders',
  'orders-postgres',
  'nats',
  'payments',
  'payments-postgres',
  'payment-provider',
];

export async function declaredTargets(): Promise<Target[]> {
  const { listens } = await loadRuntimePolicy(ROOT);
  return [...DECLARED].map((service) => ({ what: service, host: service, port: listens[service] ?? 0 }));
}

/** Everybody else, by name and by each address that they have now; gateways of the engine; what plays the internet. */
export async function forbiddenTargets(platform: DrillPlatform, internet: PlayedInternet): Promise<Target[]> {
  const { listens } = await loadRuntimePolicy(ROOT);
  const filters = { label: [`${OWNER_LABEL}=${platform.project}`] };
  const containers = await platform.docker.listContainers({ filters });
  const networks = withoutWayOutside(await platform.docker.listNetworks({ filters }), containers);
  const others = containers.flatMap((container) => {
    const service = serviceOf(container);
    const port = listens[service];
    if (port === undefined || DECLARED.has(service) || BESIDE.has(service)) return [];
    const addresses = Object.entries(container.NetworkSettings.Networks).flatMap(([name, { IPAddress }]) =>
      networks.some(({ Name }) => Name === name) ? [IPAddress] : [],
    );
    return [service, ...addresses].filter(Boolean).map((host) => ({ what: `${service} at ${host}`, host, port }));
  });
  const gateways = networks.flatMap(({ IPAM }) => IPAM?.Config?.map(gatewayOf) ?? []);
  return [
    ...others,
    ...gateways.map((host) => ({ what: `the engine at ${host}`, host, port: internet.gatewayPort })),
    { what: 'the internet by address', host: internet.address, port: internet.port },
    { what: 'the internet by name', host: internet.name, port: internet.port },
    { what: 'a name of the internet, asked of the engine', host: internet.name },
  ];
}

/**
 * Addresses of which networks may be dialled. A replica of the platform has no way out: all of them. In the copy it has one, the engine
 * has no route to its own internal networks, and what is sent there would leave this machine: those that the replica is not on stay out.
 */
function withoutWayOutside(
  networks: readonly Docker.NetworkInspectInfo[],
  containers: readonly Docker.ContainerInfo[],
): Docker.NetworkInspectInfo[] {
  const replica = containers.find((container) => serviceOf(container) === 'catalog');
  const own = new Set(Object.keys(replica?.NetworkSettings.Networks ?? {}));
  const hasWayOut = networks.some(({ Name, Internal }) => own.has(Name) && !Internal);
  return networks.filter(({ Name, Internal }) => !hasWayOut || own.has(Name) || !Internal);
}

function serviceOf({ Labels }: Docker.ContainerInfo): string {
  return Labels['com.docker.compose.service'] ?? '';
}

/** Where the engine is on a network: it takes the first address of a subnet where none is named. */
export function gatewayOf({ Subnet, Gateway }: { Subnet?: string; Gateway?: string }): string {
  if (Gateway) return Gateway;
  const [a, b, c, d] = (Subnet?.split('/')[0] ?? '').split('.').map(Number);
  return `${a}.${b}.${c}.${(d ?? 0) + 1}`;
}
