import { ENDPOINTS } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import type { DrillPlatform } from '../platform.ts';

const EVENTS = `https://${ENDPOINTS.fleet.host}:${ENDPOINTS.fleet.port}/events`;

/** One thing that the fleet did or saw; the part of it that drills look at. */
interface FleetEvent {
  readonly time: string;
  readonly service: string;
  readonly kind: string;
  /** of what it did to a replica: the reason */
  readonly code?: string;
  readonly replica?: string;
  readonly detail: string;
}

/** What the fleet tells of a service since a moment (milliseconds since the epoch), as `npm run fleet events` asks for it. */
export async function fleetEvents(platform: DrillPlatform, service: string, since: number): Promise<FleetEvent[]> {
  const answer = await platform.fetch(EVENTS, { headers: { authorization: `Bearer ${await platform.workload('deploy')()}` } });
  if (!answer.ok) throw new Error(`expected the fleet to tell what it did, found ${answer.status}`);
  const { events } = (await answer.json()) as { events: FleetEvent[] };
  return events.filter((event) => event.service === service && Date.parse(event.time) >= since);
}

/** As the fleet calls it. */
export function nameOf({ Id, Names }: Pick<Docker.ContainerInfo, 'Id' | 'Names'>): string {
  return (Names[0] ?? Id).replace(/^\//, '');
}

/** A replica that is gone may have gone of itself. @throws Error unless the fleet says that it took it away, and for this reason */
export async function proveRemoved(
  platform: DrillPlatform,
  { service, replica, since }: { readonly service: string; readonly replica: string; readonly since: number },
  code: string,
): Promise<void> {
  const events = await fleetEvents(platform, service, since);
  const removals = events.filter((event) => event.kind === 'removing' && event.replica === replica);
  if (removals.some((event) => event.code === code)) return;
  const found = removals.map((event) => `${event.code}: ${event.detail}`).join(', ') || 'that it did not';
  throw new Error(`expected the fleet to take ${replica} away because of ${code}, found ${found}`);
}
