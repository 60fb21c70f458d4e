import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { developerToken } from '../people.ts';
import { keyRing } from '../start/key-ring.ts';
import type { KeyRing } from '../start/key-ring.ts';
import type { PlatformAccess } from './access.ts';
import { URLS } from './access.ts';

const Stage = z.looseObject({ name: z.string(), state: z.string(), durationMs: z.number().optional(), message: z.string().optional() });

const Run = z.looseObject({
  id: z.string(),
  commit: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed']),
  failure: z.looseObject({ stage: z.string(), code: z.string(), message: z.string() }).optional(),
  stages: z.array(Stage),
  images: z.array(z.looseObject({ name: z.string(), repository: z.string(), digest: z.string(), reused: z.boolean() })),
});
/** One way of a commit through the pipeline, as its API tells it. */
export type Run = z.infer<typeof Run>;

const POLL_MS = 250;
/** A run that takes longer than this has lost a job. */
const PATIENCE_MS = 20 * 60_000;

/** Gives the token of a developer, who may propose and release what touches nothing protected. */
export function developer(access: PlatformAccess): () => Promise<string> {
  return tokenOf(access, 'developer', ({ developerPassword }) => developerPassword);
}

/** Gives the token of who starts the platform on this machine. */
export function operator(access: PlatformAccess): () => Promise<string> {
  return tokenOf(access, 'operator', ({ operatorPassword }) => operatorPassword);
}

/** Asked for anew when it is about to end. */
function tokenOf(access: PlatformAccess, name: string, passwordOf: (ring: KeyRing) => string): () => Promise<string> {
  let known: { token: string; until: number } | undefined;
  return async () => {
    if (known !== undefined && Date.now() < known.until) return known.token;
    const password = passwordOf(keyRing(access.instance));
    const token = await developerToken({ identityUrl: URLS.identity, fetch: access.fetch, name, password });
    known = { token, until: Date.now() + 10 * 60_000 };
    return token;
  };
}

/** Starts the pipeline on a commit and follows it to its end, whichever that is. A commit that has passed before is not built again. */
export async function runPipeline(
  access: PlatformAccess,
  token: () => Promise<string>,
  commit: string,
  onChange: (run: Run) => void = () => undefined,
): Promise<Run> {
  const call = async (path: string, init: object = {}): Promise<Run> => {
    const answer = await access.fetch(`${URLS.pipeline}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
    });
    if (answer.ok) return Run.parse(await answer.json());
    throw new Error(`expected a run from ${path}, found status ${answer.status}: ${(await answer.text()).slice(0, 400)}`);
  };
  let run = await call('/runs', { method: 'POST', body: JSON.stringify({ commit }) });
  const until = Date.now() + PATIENCE_MS;
  while (run.state === 'queued' || run.state === 'running') {
    if (Date.now() > until) throw new Error(`expected run ${run.id} to end within ${PATIENCE_MS / 60_000} minutes, found it ${run.state}`);
    onChange(run);
    await sleep(POLL_MS);
    run = await call(`/runs/${run.id}`);
  }
  onChange(run);
  return run;
}
