import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';

/** Tokens live for an hour at most; as long again is what identity may have gone on signing with the key before it was started anew. */
const KEPT_MS = 2 * 3_600_000;

/** A private key as a JWK. The first one of a set signs, all of them are published. */
interface IssuerKey {
  kid: string;
  /** when it was made, so that the one before it signs no more; ms since 1970 */
  since?: number;
}

interface IssuerKeys {
  people: { keys: IssuerKey[] };
  workloads: { keys: IssuerKey[] };
  cookies: string[];
}

/** Each issuer has a key of its own: one cannot speak for the other. */
export function newIssuerKeys(): string {
  return JSON.stringify({
    people: { keys: [newKey()] },
    workloads: { keys: [newKey()] },
    cookies: [randomBytes(32).toString('base64url')],
  });
}

/**
 * The same with new keys before those that are there. What a key has signed goes on to count: it stays among the published ones until that has
 * ended, and goes with the first rotation after that.
 */
export function rotated(text: string, now: number = Date.now()): string {
  const { people, workloads, cookies } = JSON.parse(text) as IssuerKeys;
  const turn = ({ keys }: { keys: IssuerKey[] }) => ({ keys: [newKey(now), ...keys.filter(stillCounts(now))] });
  return JSON.stringify({ people: turn(people), workloads: turn(workloads), cookies });
}

function stillCounts(now: number) {
  return (_key: IssuerKey, place: number, keys: IssuerKey[]): boolean => place === 0 || now - (keys[place - 1]?.since ?? 0) < KEPT_MS;
}

function newKey(since: number = Date.now()): IssuerKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'ES256', since } as IssuerKey;
}
