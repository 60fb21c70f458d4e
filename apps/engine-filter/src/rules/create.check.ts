import { z } from 'zod';
import type { ClientScope } from '../config.ts';
import type { EngineSocket } from '../engine.socket.ts';
import { NoSuchThing, ownLabels, requireOwnLabels, requireOwnName, requireOwnVolume } from '../ownership.ts';
import { Refusal } from '../refusal.ts';
import { ContainerCreate } from './container-create.rule.ts';
import { LIMITS } from './limits.ts';
import { VolumeCreate } from './volume-create.rule.ts';

const Held = z.object({ Volumes: z.array(z.unknown()).nullish() });

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
  if (network !== 'none' && !client.networks.includes(network)) {
    throw new Refusal({
      rule: 'NETWORK',
      message: `expected none or one of ${client.networks.join(', ') || 'no networks'}, found ${network}`,
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

async function requireRoom(client: ClientScope, engine: EngineSocket, kind: 'containers' | 'volumes'): Promise<void> {
  const query = new URLSearchParams({
    all: '1',
    filters: JSON.stringify({ label: Object.entries(ownLabels(client)).map(([label, value]) => `${label}=${value}`) }),
  }).toString();
  const answer = await engine.inspect(kind === 'containers' ? `/containers/json?${query}` : `/volumes?${query}`);
  const held = Array.isArray(answer) ? answer.length : (Held.parse(answer).Volumes?.length ?? 0);
  if (held >= LIMITS[kind]) throw new Refusal({ rule: 'QUOTA', message: `expected at most ${LIMITS[kind]} ${kind}, you hold ${held}` });
}
