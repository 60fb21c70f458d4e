import { z } from 'zod';
import type { ClientScope } from '../config.ts';
import type { EngineSocket } from '../engine.socket.ts';
import { NoSuchThing, ownFilter, ownPrefix, requireOwnLabels, requireOwnName, requireOwnNetwork, requireOwnVolume } from '../ownership.ts';
import { Refusal } from '../refusal.ts';
import { ContainerCreate } from './container-create.rule.ts';
import { LIMITS } from './limits.ts';
import { isWithin, NetworkCreate } from './network-create.rule.ts';
import { isPlainSegment } from './plain-path.ts';
import { VolumeCreate } from './volume-create.rule.ts';

const Held = z.object({ Volumes: z.array(z.unknown()).nullish() });

const LISTS = { containers: '/containers/json?', volumes: '/volumes?', networks: '/networks?' } as const;

interface Candidate {
  readonly client: ClientScope;
  readonly engine: EngineSocket;
  readonly body: unknown;
}

/** The container exactly as the engine will be asked for it: written anew from what the schema knows. */
export async function checkContainer({ client, engine, body }: Candidate): Promise<ContainerCreate> {
  const container = parse(ContainerCreate, body);
  requireOwnLabels(client, container.Labels, 'the container');
  if (!client.images.includes(container.Image)) {
    throw new Refusal({ rule: 'IMAGE', message: `expected one of your ${client.images.length} image ids, found ${container.Image}` });
  }
  const network = container.HostConfig.NetworkMode;
  const isNamed = network === 'none' || client.networks.includes(network);
  if (!isNamed && !(await isOwnNetwork(client, engine, network))) {
    throw new Refusal({
      rule: 'NETWORK',
      message: `expected none, one of ${client.networks.join(', ') || 'no networks'}, or one of your own, found ${network}`,
    });
  }
  // The engine makes a volume that it does not know, on the host's disk and without a limit: so each must exist before.
  for (const { Source } of container.HostConfig.Mounts ?? []) await requireVolume(client, engine, Source);
  await requireRoom(client, engine, 'containers');
  return container;
}

export async function checkVolume({ client, engine, body }: Candidate): Promise<z.infer<typeof VolumeCreate>> {
  const volume = parse(VolumeCreate, body);
  requireOwnName(client, volume.Name);
  requireOwnLabels(client, volume.Labels, 'the volume');
  await requireRoom(client, engine, 'volumes');
  return volume;
}

/** The network exactly as the engine will be asked for it. */
export async function checkNetwork({ client, engine, body }: Candidate): Promise<NetworkCreate> {
  const network = parse(NetworkCreate, body);
  requireOwnName(client, network.Name);
  requireOwnLabels(client, network.Labels, 'the network');
  const [{ Subnet: subnet }] = network.IPAM.Config;
  if (!client.subnets || !isWithin(subnet, client.subnets))
    throw new Refusal({
      rule: 'NETWORK',
      message: `expected a subnet of 16 addresses in ${client.subnets ?? 'no range'}, found ${subnet}`,
    });
  await requireRoom(client, engine, 'networks');
  return network;
}

async function isOwnNetwork(client: ClientScope, engine: EngineSocket, name: string): Promise<boolean> {
  if (!name.startsWith(ownPrefix(client)) || !isPlainSegment(name)) return false;
  return requireOwnNetwork(client, engine, name).then(
    () => true,
    (error: unknown) => {
      if (error instanceof NoSuchThing) return false;
      throw error;
    },
  );
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refusal({
    rule: 'SCHEMA',
    message: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not allowed'}`,
    cause: result.error,
  });
}

async function requireVolume(client: ClientScope, engine: EngineSocket, name: string): Promise<void> {
  try {
    await requireOwnVolume(client, engine, name);
  } catch (error) {
    if (!(error instanceof NoSuchThing)) throw error;
    throw new Refusal({ rule: 'VOLUME', message: `expected ${name} to be a volume of yours that exists`, cause: error });
  }
}

async function requireRoom(client: ClientScope, engine: EngineSocket, kind: 'containers' | 'volumes' | 'networks'): Promise<void> {
  const query = new URLSearchParams({ all: '1', filters: ownFilter(client, kind) }).toString();
  const answer = await engine.inspect(LISTS[kind] + query);
  const held = Array.isArray(answer) ? answer.length : (Held.parse(answer).Volumes?.length ?? 0);
  if (held >= LIMITS[kind]) throw new Refusal({ rule: 'QUOTA', message: `expected at most ${LIMITS[kind]} ${kind}, you hold ${held}` });
}
