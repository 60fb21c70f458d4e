import { createHash } from 'node:crypto';
import { readCleartextMessage, verify } from 'openpgp';
import type { PublicKey } from 'openpgp';
import { ImageError } from '../errors.ts';
import { download } from './download.ts';

/** A suite's signed index after verification: which files it vouches for. */
export interface ReleaseIndex {
  suite: string;
  date: string;
  validUntil: string | undefined;
  /** sha256 of the InRelease file itself. */
  sha256: string;
  /** sha256 of each file under dists/<suite>/, by its path there. */
  files: ReadonlyMap<string, string>;
}

/** apt's Acquire::Max-FutureTime is 10 s; a demo machine's clock may be worse. */
const FUTURE_TOLERANCE_MS = 10 * 60_000;

/**
 * Fetches and verifies dists/<suite>/InRelease (Debian repository format, "Release files"): clearsigned by a key of the keyring, for this
 * suite, neither from the future nor past its Valid-Until. Refuses with INDEX_UNTRUSTED, INDEX_EXPIRED or CLOCK_OFF.
 */
export async function fetchRelease(options: { mirror: string; suite: string; keyring: PublicKey[]; now?: Date }): Promise<ReleaseIndex> {
  const { mirror, suite, keyring, now = new Date() } = options;
  const url = `${mirror}/dists/${suite}/InRelease`;
  const answer = await download(url);
  if (!answer)
    throw new ImageError({
      code: 'MIRROR_UNREACHABLE',
      message: `expected ${url}, found 404; is this mirror one of Debian's archive with ${suite}?`,
    });
  const fields = parseFields(await verifiedText(answer.bytes, { url, keyring, now }));
  if (fields.get('Codename') !== suite) throw untrusted(url, `an index of "${suite}", found one of "${fields.get('Codename') ?? ''}"`);
  const date = dateOf(fields.get('Date'));
  if (!date) throw untrusted(url, 'a Date in the index, found none');
  const validUntil = dateOf(fields.get('Valid-Until'));
  checkClock({ url, date, validUntil, now, serverDate: answer.serverDate });
  const files = new Map(
    (fields.get('SHA256') ?? '').split('\n').flatMap((line) => {
      const [sha256, , path] = line.trim().split(/\s+/);
      return sha256 && path ? [[path, sha256] as const] : [];
    }),
  );
  return {
    suite,
    date: date.toISOString(),
    validUntil: validUntil?.toISOString(),
    sha256: createHash('sha256').update(answer.bytes).digest('hex'),
    files,
  };
}

async function verifiedText(bytes: Buffer, { url, keyring, now }: { url: string; keyring: PublicKey[]; now: Date }): Promise<string> {
  let message;
  try {
    message = await readCleartextMessage({ cleartextMessage: bytes.toString('utf8') });
  } catch (cause) {
    throw untrusted(url, "a clearsigned index, found something else (does a proxy or portal answer in the mirror's place?)", cause);
  }
  const { data, signatures } = await verify({ message, verificationKeys: keyring, date: now });
  const outcomes = await Promise.allSettled(signatures.map(({ verified }) => verified));
  if (outcomes.some((one) => one.status === 'fulfilled')) return data;
  const reasons = outcomes.map((one) => (one.status === 'rejected' && one.reason instanceof Error ? one.reason.message : '')).join('; ');
  if (/future|not yet valid/i.test(reasons))
    throw clockOff(url, `its signature is from the future of this machine's clock (${now.toISOString()})`);
  throw untrusted(
    url,
    `a signature by one of the ${keyring.length} Debian archive keys of this machine, found none that holds (${reasons})`,
  );
}

function checkClock(facts: { url: string; date: Date; validUntil: Date | undefined; now: Date; serverDate: Date | undefined }): void {
  const { url, date, validUntil, now, serverDate } = facts;
  const drift = serverDate ? Math.round((now.getTime() - serverDate.getTime()) / 60_000) : 0;
  if (date.getTime() > now.getTime() + FUTURE_TOLERANCE_MS)
    throw clockOff(url, `it was made at ${date.toISOString()}, and this machine's clock says ${now.toISOString()}`);
  if (!validUntil || validUntil.getTime() >= now.getTime()) return;
  if (Math.abs(drift) > 60) throw clockOff(url, `this machine's clock (${now.toISOString()}) is ${drift} minutes off the mirror's`);
  throw new ImageError({
    code: 'INDEX_EXPIRED',
    message: `expected a current index at ${url}, found one that ended at ${validUntil.toISOString()} (it is ${now.toISOString()}); the mirror has stopped following the archive: use another (SEAWORTHY_DEBIAN_MIRROR, SEAWORTHY_DEBIAN_SECURITY_MIRROR), or correct this machine's clock`,
  });
}

/** Control-file syntax (Debian Policy 5.1): a field goes on in lines that begin with a blank. */
function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of text.split(/\r?\n/)) {
    const found = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (found?.[1]) fields.set((current = found[1]), found[2] ?? '');
    else if (/^\s/.test(line)) fields.set(current, `${fields.get(current) ?? ''}\n${line}`);
  }
  return fields;
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function untrusted(url: string, what: string, cause?: unknown): ImageError {
  return new ImageError({ code: 'INDEX_UNTRUSTED', message: `${url}: expected ${what}; nothing of it is used. Try another mirror`, cause });
}

function clockOff(url: string, what: string): ImageError {
  return new ImageError({ code: 'CLOCK_OFF', message: `${url}: ${what}; set this machine's clock and try again` });
}
