import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { awaitThat } from '../await-that.ts';
import type { DrillPlatform } from '../platform.ts';

/** The replicas of a service, whoever made them, in whatever state. */
export async function replicasOf({ docker, project }: DrillPlatform, service: string): Promise<Docker.ContainerInfo[]> {
  const label = [`${OWNER_LABEL}=${project}`, `com.docker.compose.service=${service}`, 'com.docker.compose.oneoff=False'];
  return docker.listContainers({ all: true, filters: { label } });
}

/** So many seconds after its start, the edge has asked a replica often enough to speak of it, and not of one that had its address before. */
const ASKED_AFTER = 3;

/** How many replicas the edge sends requests to and has found ready: a new one begins as `UP 1/2`, before anybody has asked it. */
export async function serving(platform: DrillPlatform, service: string): Promise<number> {
  return count(platform, service, (status) => status === 'UP');
}

/** How many replicas the edge sends requests to, those that have just failed a check included. */
export async function inRotation(platform: DrillPlatform, service: string): Promise<number> {
  return count(platform, service, (status) => status.startsWith('UP'));
}

/** Of those that are there: one that is gone the edge may call up for a moment more, also at an address that another one has now. */
async function count(platform: DrillPlatform, service: string, isMeant: (status: string) => boolean): Promise<number> {
  const [there, servers] = await Promise.all([replicasOf(platform, service), platform.edgeServers(service)]);
  const now = Date.now() / 1000;
  return there.filter(({ State, Created, NetworkSettings }) => {
    const addresses = addressesOf(NetworkSettings);
    const server = servers.find(({ status, address }) => isMeant(status) && addresses.includes(address));
    return State === 'running' && server !== undefined && (server.since >= Created - 1 || now - Created > ASKED_AFTER);
  }).length;
}

function addressesOf({ Networks }: Docker.ContainerInfo['NetworkSettings']): string[] {
  return Object.values(Networks).map(({ IPAddress }) => IPAddress);
}

/** So long a replacement may take on a busy machine. */
const REPLACED_MS = 60_000;
/** Where nobody comes: several times what a replacement takes, which is 3 s, and at times 8 s. */
const IN_VAIN_MS = 24_000;

/** How long to wait for a replacement. */
export async function patienceOf(platform: DrillPlatform): Promise<number> {
  return (await platform.hasFleet()) ? REPLACED_MS : IN_VAIN_MS;
}

/** After an attack that nobody answered. @throws Error unless the replica is still there, and serves among as many as before */
export async function proveStillServing(platform: DrillPlatform, service: string, id: string): Promise<void> {
  const states = (await replicasOf(platform, service)).flatMap(({ Id, State }) => (Id === id ? [State] : []));
  const served = await serving(platform, service);
  if (states.includes('running') && served >= MINIMUM) return;
  throw new Error(`expected the replica to serve on, found it ${states.join() || 'gone'}, and ${served} that serve`);
}

/**
 * Waits until a replica is gone and as many serve as before. Returns milliseconds; undefined when that does not happen in time.
 */
export async function awaitReplaced(
  platform: DrillPlatform,
  service: string,
  id: string,
  wanted: number,
  patience: number,
): Promise<number | undefined> {
  return awaitThat(async () => {
    const there = await replicasOf(platform, service);
    return !there.some(({ Id }) => Id === id) && (await serving(platform, service)) >= wanted;
  }, patience);
}

/** A busy machine may need more than one start until all serve at the same time. */
const CALM_MS = 120_000;

/** Before an attack and after it: as many serve as the platform keeps at the least, and none of them is on its way out. */
export async function awaitCalm(platform: DrillPlatform, service: string, patience = CALM_MS): Promise<Docker.ContainerInfo[]> {
  let found: Docker.ContainerInfo[] = [];
  let ready = 0;
  const calm = await awaitThat(async () => {
    found = (await replicasOf(platform, service)).filter(({ State }) => State === 'running');
    ready = await serving(platform, service);
    return found.length === MINIMUM && ready === MINIMUM;
  }, patience);
  if (calm === undefined)
    throw new Error(
      `expected ${MINIMUM} replicas of ${service} that serve before anything is tried, found ${found.length} that run and ${ready} that serve`,
    );
  return found;
}

/** Waits until the edge sends requests to nobody but the service's own replicas: to what stood in among them it may, for a moment after its end. */
export async function awaitOwn(platform: DrillPlatform, service: string): Promise<void> {
  const own = await awaitThat(async () => {
    const [there, servers] = await Promise.all([replicasOf(platform, service), platform.edgeServers(service)]);
    const addresses = there.flatMap(({ NetworkSettings }) => addressesOf(NetworkSettings));
    return servers.every(({ status, address }) => !status.startsWith('UP') || addresses.includes(address));
  }, CALM_MS);
  if (own === undefined)
    throw new Error(`expected the edge to send requests to replicas of ${service} alone, found that it goes on with another`);
}

/** Those that the fleet keeps. */
export const SCALED = ['catalog', 'orders', 'payments'] as const;

/** As their service cards have it. */
export const MINIMUM = 2;
