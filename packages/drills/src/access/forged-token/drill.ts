import { createPublicKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AUDIENCE, ENDPOINTS, ISSUERS } from '@seaworthy/contracts';
import type { Drill } from '../../drill.ts';
import { Customer } from '../../orders/customer.ts';
import type { Answer } from '../../orders/customer.ts';
import type { DrillPlatform } from '../../platform.ts';
import { restartContainer } from '../../restart-container.ts';
import { problemOf } from '../../problem.ts';
import { claims, confused, keyOf, signed, strangersKey, unsigned } from './forge.ts';

const IDENTITY = `https://${ENDPOINTS.identity.host}:${ENDPOINTS.identity.port}`;
/** Services ask every 5 s what was revoked. */
const REVOKED_EVERYWHERE_MS = 7_000;
const IDENTITY_BACK_MS = 30_000;

export const drill: Drill = {
  title: 'Somebody comes with a token that the issuer never gave, or gave for something else',
  practices: ['2.4'],
  attack:
    'Tokens in the name of a customer: unsigned, signed by a stranger, signed with the public key as an HMAC secret, of another issuer; and real signatures of the issuer: over a token that has expired, that is for another audience, that is none for access, that was revoked just before identity was restarted.',
  control: "Each token's issuer, key, algorithm, type, audience and end are verified, and it is looked up among those that were revoked.",
  refusals: ['UNAUTHENTICATED'],
  async run(platform) {
    const answers: Record<string, Answer> = {};
    for (const [what, token] of Object.entries(await forgeries(platform)))
      answers[what] = await new Customer(platform, token).get('?limit=1');
    const accepted = Object.keys(answers).filter((what) => answers[what]?.status === 200);
    const facts = Object.fromEntries(
      Object.entries(answers).map(([what, answer]) => [what, `${answer.status} ${reasonOf(answer)}`.trim()]),
    );
    const withheld = Object.keys(answers).filter((what) => !accepted.includes(what));
    if (accepted.length > 0)
      return { kind: 'succeeded', reason: `orders of marina were shown for tokens that are ${accepted.join(', ')}`, withheld, facts };
    const refused = Object.values(answers).filter((answer) => answer.status === 401 && problemOf(answer) === 'unauthenticated');
    if (refused.length !== Object.keys(answers).length) throw new Error(`expected 401 for all of them, found ${JSON.stringify(facts)}`);
    return { kind: 'refused', code: 'UNAUTHENTICATED', reason: `401 for each of ${refused.length} tokens, with its reason`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform whose services decode a token and believe it',
    services: ['identity', 'orders', 'edge'],
    builds: {
      orders: [
        {
          file: 'packages/platform/src/auth/access.guard.ts',
          found: 'return await this.#verifier.verify(token);',
          becomes:
            "const { sub = '', exp = 0, roles } = (await import('jose')).decodeJwt<{ roles: string[] }>(token);\n      return { kind: 'person', name: sub, roles, expires: exp };",
        },
      ],
    },
  },
};

/** By what is wrong with each. All say that they are marina's; a token that is wrong in nothing is accepted, or the attempt proves nothing. */
async function forgeries(platform: DrillPlatform): Promise<Record<string, string>> {
  const { kid, ...issuers } = platform.issuerKey();
  const key = keyOf({ ...issuers });
  const people = { issuer: ISSUERS.people, audience: AUDIENCE, name: 'marina' };
  const [header, payload] = [{ kid, typ: 'at+jwt' }, claims(people)];
  const good = await new Customer(platform, signed({ header, payload }, key)).get('?limit=1');
  if (good.status !== 200) throw new Error(`expected the drill's own way of making tokens to be right, found ${good.status}: ${good.body}`);
  const publicKey = createPublicKey(key);
  return {
    unsigned: unsigned({ header, payload }),
    'signed by a stranger': signed({ header, payload }, strangersKey()),
    'HMAC by the public key (PEM)': confused({ header, payload }, publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    'HMAC by the public key (JWK)': confused({ header, payload }, JSON.stringify(publicKey.export({ format: 'jwk' }))),
    'of another issuer': signed({ header, payload: claims({ ...people, issuer: 'https://elsewhere.example' }) }, key),
    expired: signed({ header, payload: claims({ ...people, lifetime: -60 }) }, key),
    'for another audience': signed({ header, payload: claims({ ...people, audience: 'https://elsewhere.example' }) }, key),
    'no access token': signed({ header: { ...header, typ: 'JWT' }, payload }, key),
    revoked: await revoked(platform, signed({ header, payload: claims(people) }, key)),
  };
}

/**
 * Has been used before, and then ended by whoever holds it (RFC 7009). Identity is restarted at once: whatever asks it next hears of this token only if
 * it was kept.
 */
async function revoked(platform: DrillPlatform, token: string): Promise<string> {
  const before = await new Customer(platform, token).get('?limit=1');
  const answer = await platform.fetch(`${IDENTITY}/revocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (before.status !== 200 || answer.status !== 200)
    throw new Error(`expected a token to be used and revoked, found ${before.status}, ${answer.status}`);
  await restartContainer(platform, 'identity', 0);
  await identityIsBack(platform);
  await sleep(REVOKED_EVERYWHERE_MS);
  return token;
}

async function identityIsBack(platform: DrillPlatform): Promise<void> {
  for (const until = Date.now() + IDENTITY_BACK_MS; ; await sleep(200)) {
    try {
      if ((await platform.fetch(`${IDENTITY}/revocations`)).ok) return;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    if (Date.now() > until) throw new Error(`expected identity to be back within ${IDENTITY_BACK_MS / 1000} s, found that it is not`);
  }
}

/** What the service tells of why, the last words of it. */
function reasonOf({ status, body }: Answer): string {
  if (status === 200) return '';
  return (JSON.parse(body) as { detail?: string }).detail?.slice(0, 90) ?? '';
}
