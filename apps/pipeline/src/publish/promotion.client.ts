import type { Digest } from '@seaworthy/oci';
import type { PlatformFetch } from '@seaworthy/platform';
import { z } from 'zod';
import { PublishError } from './publish.error.ts';

const Problem = z.object({ detail: z.string().optional(), title: z.string().optional(), reasons: z.array(z.unknown()).optional() });
const TIMEOUT_MS = 60_000;

/** Asks the gatekeeper to let an image pass. It verifies everything itself; this is a question, not a verdict. */
export class PromotionClient {
  readonly #url: string;
  readonly #fetch: PlatformFetch;
  readonly #token: () => Promise<string>;

  constructor({ url, fetch, token }: { url: string; fetch: PlatformFetch; token: () => Promise<string> }) {
    this.#url = url;
    this.#fetch = fetch;
    this.#token = token;
  }

  async promote(image: { repository: string; digest: Digest; tag: string }): Promise<void> {
    const answer = await this.#fetch(`${this.#url}/promotions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await this.#token()}`, 'content-type': 'application/json' },
      body: JSON.stringify(image),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.ok) return;
    const problem = Problem.safeParse(await answer.json().catch(() => undefined)).data;
    const reasons = (problem?.reasons ?? []).map((reason) => (typeof reason === 'string' ? reason : JSON.stringify(reason)));
    const said = [problem?.detail ?? problem?.title ?? `status ${answer.status}`, ...reasons].join('\n').slice(0, 3000);
    throw new PublishError({ code: 'PROMOTION_REFUSED', message: `the gatekeeper refused ${image.repository}@${image.digest}: ${said}` });
  }
}
