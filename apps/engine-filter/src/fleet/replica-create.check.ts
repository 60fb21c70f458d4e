import { isDeepStrictEqual } from 'node:util';
import { NUMBER_LABEL, replicaBody, replicaName } from '@seaworthy/contracts';
import type { DeployedContainer } from '@seaworthy/contracts';
import { z } from 'zod';
import type { FleetScope } from '../config.ts';
import type { EngineSocket } from '../engine.socket.ts';
import { Refusal } from '../refusal.ts';
import { readDeployed, revisionsOf } from './deployed.ts';
import { replicaLabels } from './replica.ownership.ts';

const Asked = z.looseObject({ Labels: z.record(z.string(), z.string()) });
const ReplicaNumber = z.string().regex(/^[1-9]\d{0,3}$/);

/** Replicas of a service that may be there at once, above its card's maximum: those that come before others go. */
const BEYOND_MAXIMUM = 3;

interface Candidate {
  readonly client: FleetScope;
  readonly engine: EngineSocket;
  readonly name: string | undefined;
  readonly body: unknown;
}

/**
 * A replica may be made when deploy has written down exactly that one. What the engine gets is what deploy wrote, not what the client sent.
 */
export async function checkReplica({ client, engine, name, body }: Candidate): Promise<{ name: string; body: DeployedContainer }> {
  const asked = Asked.safeParse(body);
  const number = ReplicaNumber.safeParse(asked.data?.Labels[NUMBER_LABEL]);
  if (!number.success) throw new Refusal({ rule: 'REVISION', message: `expected a container with the label ${NUMBER_LABEL}` });
  for (const [service, deployed] of Object.entries(readDeployed(client).services)) {
    const wanted = revisionsOf(deployed)
      .map((revision) => replicaBody(revision, Number(number.data)))
      .find((one) => isDeepStrictEqual(one, body));
    if (wanted === undefined) continue;
    const own = replicaName(client.project, service, Number(number.data));
    if (name !== own) throw new Refusal({ rule: 'OWNERSHIP', message: `expected the name ${own}` });
    await requireRoom(client, engine, service, deployed.scale.max + BEYOND_MAXIMUM);
    return { name: own, body: wanted };
  }
  throw new Refusal({ rule: 'REVISION', message: 'expected a replica exactly as deploy has written it down, found another' });
}

async function requireRoom(client: FleetScope, engine: EngineSocket, service: string, limit: number): Promise<void> {
  const query = new URLSearchParams({ all: '1', filters: JSON.stringify({ label: replicaLabels(client, service) }) }).toString();
  const held = await engine.inspect(`/containers/json?${query}`);
  if (!Array.isArray(held) || held.length >= limit) {
    throw new Refusal({ rule: 'QUOTA', message: `expected less than ${limit} replicas of ${service}` });
  }
}
