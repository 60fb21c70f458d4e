import { z } from 'zod';
import { URLS } from './access.ts';
import type { PlatformAccess } from './access.ts';

const serviceSchema = z.object({
  service: z.string(),
  revision: z.string(),
  deploy: z.string().optional(),
  progress: z.object({ state: z.enum(['rolling-out', 'rolled-out', 'rolled-back', 'failing']), reason: z.string().optional() }),
  wanted: z.int(),
  serving: z.int(),
  concurrency: z.number().optional(),
  holding: z.string().optional(),
  replicas: z.array(z.object({ name: z.string(), revision: z.string(), state: z.string(), since: z.string() })),
});
/** One service as the fleet sees it. */
export type FleetService = z.output<typeof serviceSchema>;

const eventSchema = z.object({
  id: z.int(),
  time: z.string(),
  service: z.string(),
  kind: z.string(),
  code: z.string().optional(),
  replica: z.string().optional(),
  revision: z.string().optional(),
  detail: z.string(),
});
/** One thing that the fleet did or saw, with its reason. */
export type FleetEvent = z.output<typeof eventSchema>;

/** None while the fleet does not answer: it may be on its way up. */
export async function readServices(access: PlatformAccess): Promise<FleetService[]> {
  const answer = await ask(access, '/services');
  return z.object({ services: z.array(serviceSchema) }).parse(answer ?? { services: [] }).services;
}

/** What it did since the event with that number; 0 gives all that it keeps. */
export async function readEvents(access: PlatformAccess, after = 0): Promise<FleetEvent[]> {
  const answer = await ask(access, `/events?after=${after}`);
  return z.object({ events: z.array(eventSchema) }).parse(answer ?? { events: [] }).events;
}

async function ask(access: PlatformAccess, path: string): Promise<unknown> {
  const token = access.workload('deploy');
  try {
    const answer = await access.fetch(`${URLS.fleet}${path}`, {
      headers: { authorization: `Bearer ${await token()}` },
      signal: AbortSignal.timeout(5_000),
    });
    if (answer.status === 200) return await answer.json();
    await answer.body?.cancel();
    return undefined;
  } catch {
    return undefined;
  }
}
