import { z } from 'zod';
import { UserError } from '../errors.ts';
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

/** What it keeps. @throws UserError NETWORK_UNREACHABLE while the fleet does not answer, or refuses to */
export async function listServices(access: PlatformAccess): Promise<FleetService[]> {
  return z.object({ services: z.array(serviceSchema) }).parse(await ask(access, '/services')).services;
}

/** The same for whoever waits for it: none while the fleet does not answer, as it may be on its way up. */
export async function readServices(access: PlatformAccess): Promise<FleetService[]> {
  return listServices(access).catch((error: unknown) => {
    if (error instanceof UserError) return [];
    throw error;
  });
}

/**
 * What it did since the event with that number; 0 gives all that it keeps.
 * @throws UserError NETWORK_UNREACHABLE while the fleet does not answer, or refuses to
 */
export async function readEvents(access: PlatformAccess, after = 0): Promise<FleetEvent[]> {
  return z.object({ events: z.array(eventSchema) }).parse(await ask(access, `/events?after=${after}`)).events;
}

async function ask(access: PlatformAccess, path: string): Promise<unknown> {
  const token = access.workload('deploy');
  let found: string;
  let cause: unknown;
  try {
    const answer = await access.fetch(`${URLS.fleet}${path}`, {
      headers: { authorization: `Bearer ${await token()}` },
      signal: AbortSignal.timeout(5_000),
    });
    if (answer.status === 200) return await answer.json();
    await answer.body?.cancel();
    found = `status ${answer.status}`;
  } catch (error) {
    cause = error;
    found = ((error as { cause?: Error }).cause ?? (error as Error)).message;
  }
  throw new UserError({
    code: 'NETWORK_UNREACHABLE',
    message: 'The fleet does not answer as it must',
    expected: `200 from ${URLS.fleet}${path}`,
    found,
    remedy: 'npm run status tells whether it runs, docker compose logs fleet what it says; npm start brings it back',
    cause,
  });
}
