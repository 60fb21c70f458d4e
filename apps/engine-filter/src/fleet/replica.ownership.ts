import { OWNER_LABEL, REVISION_LABEL } from '@seaworthy/contracts';
import type { DeployedRevision } from '@seaworthy/contracts';
import { z } from 'zod';
import type { FleetScope } from '../config.ts';
import type { EngineSocket } from '../engine.socket.ts';
import { NoSuchThing } from '../ownership.ts';
import { readDeployed, revisionsOf } from './deployed.ts';

const SERVICE_LABEL = 'com.docker.compose.service';
/** `compose run` makes containers of the same service that are no replicas. */
const ONE_OFF_LABEL = 'com.docker.compose.oneoff';

const Container = z.object({
  Id: z.string(),
  State: z.object({ Status: z.string() }),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
});

export interface OwnReplica {
  readonly id: string;
  readonly status: string;
  /** the deployed revision that it says it is made from; undefined when that is none */
  readonly revision: DeployedRevision | undefined;
}

/** Engine's filter for the replicas of one service of the project. */
export function replicaLabels({ project }: FleetScope, service: string): string[] {
  return [`${OWNER_LABEL}=${project}`, `${SERVICE_LABEL}=${service}`, `${ONE_OFF_LABEL}=False`];
}

/** Others' containers and missing ones get the same answer, so that nobody can ask which exist. */
export async function requireReplica(client: FleetScope, engine: EngineSocket, reference: string): Promise<OwnReplica> {
  const { services } = readDeployed(client);
  const parsed = Container.safeParse(await engine.inspect(`/containers/${reference}/json`));
  const labels = parsed.data?.Config.Labels ?? {};
  const service = services[labels[SERVICE_LABEL] ?? ''];
  const isOwn = labels[OWNER_LABEL] === client.project && labels[ONE_OFF_LABEL] === 'False';
  if (!parsed.success || service === undefined || !isOwn) throw new NoSuchThing('container', reference);
  return {
    id: parsed.data.Id,
    status: parsed.data.State.Status,
    revision: revisionsOf(service).find(({ id }) => id === labels[REVISION_LABEL]),
  };
}
