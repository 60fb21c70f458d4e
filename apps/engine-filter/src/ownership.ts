import { OWNER_LABEL } from '@seaworthy/contracts';
import { z } from 'zod';
import type { ClientScope } from './config.ts';
import type { EngineSocket } from './engine.socket.ts';
import { Refusal } from './refusal.ts';

/** Says which client made a thing: the project's label alone would also match the platform's own containers. */
const CLIENT_LABEL = 'dev.seaworthy.engine-client';

const Container = z.object({
  Id: z.string(),
  /** with a slash before it */
  Name: z.string(),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
  Mounts: z.array(z.object({ Destination: z.string() })).nullish(),
});
const Volume = z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() });

const Network = z.object({
  Id: z.string(),
  Name: z.string(),
  Internal: z.boolean(),
  Labels: z.record(z.string(), z.string()).nullish(),
});

export interface OwnContainer {
  /** the full id: later requests use it, so that a name cannot change its meaning in between */
  readonly id: string;
  readonly mountPoints: readonly string[];
}

export function ownLabels(client: ClientScope): Record<string, string> {
  return { [OWNER_LABEL]: client.project, [CLIENT_LABEL]: client.name };
}

/** Names that cannot clash with compose's (`<project>-…`, `<project>_…`). */
export function ownPrefix(client: ClientScope): string {
  return `${client.project}.${client.name}.`;
}

/** The engine's filter for a client's own things: for its lists, and for what it holds. */
export function ownFilter(client: ClientScope, kind: 'containers' | 'volumes' | 'networks'): string {
  const label = Object.entries(ownLabels(client)).map(([name, value]) => `${name}=${value}`);
  // a regular expression, in which dots stand for themselves
  return JSON.stringify(kind === 'containers' ? { label, name: [`^/?${ownPrefix(client).replaceAll('.', '[.]')}`] } : { label });
}

export function requireOwnLabels(client: ClientScope, labels: Readonly<Record<string, string>> | null | undefined, what: string): void {
  for (const [label, value] of Object.entries(ownLabels(client))) {
    if (labels?.[label] !== value) throw new Refusal({ rule: 'OWNERSHIP', message: `expected ${what} to carry ${label}=${value}` });
  }
}

export function requireOwnName(client: ClientScope, name: string | undefined): string {
  const prefix = ownPrefix(client);
  if (name === undefined || !name.startsWith(prefix) || !/^[\w.-]{1,120}$/.test(name)) {
    throw new Refusal({ rule: 'OWNERSHIP', message: `expected a name that begins with ${prefix}` });
  }
  return name;
}

/**
 * Others' containers and missing ones get the same answer, so that nobody can ask which exist. Labels alone prove nothing: the engine also gives
 * a container those of its image, which a commit may bring. Only the client's own names begin as its do.
 */
export async function requireOwnContainer(client: ClientScope, engine: EngineSocket, reference: string): Promise<OwnContainer> {
  const parsed = Container.safeParse(await engine.inspect(`/containers/${reference}/json`));
  if (!parsed.success || !parsed.data.Name.startsWith(`/${ownPrefix(client)}`)) throw new NoSuchThing('container', reference);
  try {
    requireOwnLabels(client, parsed.data.Config.Labels, 'the container');
  } catch {
    throw new NoSuchThing('container', reference);
  }
  return { id: parsed.data.Id, mountPoints: (parsed.data.Mounts ?? []).map((mount) => mount.Destination) };
}

export async function requireOwnVolume(client: ClientScope, engine: EngineSocket, name: string): Promise<string> {
  const parsed = Volume.safeParse(await engine.inspect(`/volumes/${name}`));
  if (!parsed.success || parsed.data.Name !== name) throw new NoSuchThing('volume', name);
  try {
    requireOwnLabels(client, parsed.data.Labels, 'the volume');
  } catch {
    throw new NoSuchThing('volume', name);
  }
  return parsed.data.Name;
}

/** A network that the client made, and that still leads nowhere. Those that the operator has named are asked for elsewhere. */
export async function requireOwnNetwork(client: ClientScope, engine: EngineSocket, name: string): Promise<string> {
  const parsed = Network.safeParse(await engine.inspect(`/networks/${name}`));
  // the engine also takes the beginning of an id for a name
  if (!parsed.success || parsed.data.Name !== name || !parsed.data.Internal) throw new NoSuchThing('network', name);
  try {
    requireOwnLabels(client, parsed.data.Labels, 'the network');
  } catch {
    throw new NoSuchThing('network', name);
  }
  return parsed.data.Id;
}

/** Answered as the engine answers 404, but logged as a refusal. */
export class NoSuchThing extends Refusal {
  constructor(kind: 'container' | 'volume' | 'network', reference: string) {
    super({ rule: 'OWNERSHIP', message: `No such ${kind} of yours: ${reference}` });
    this.name = 'NoSuchThing';
  }
}
