import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Key and chain in one PEM, as HAProxy reads it; whole or not at all, and for its owner's eyes. */
export function writeCertificateFile(path: string, { key, cert }: { key: string; cert: string }): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true }); // a left-over would keep its mode
  writeFileSync(fresh, bundle({ key, cert }), { mode: 0o600, flag: 'wx' });
  renameSync(fresh, path);
}

export function bundle({ key, cert }: { key: string; cert: string }): string {
  return `${key.trimEnd()}\n${cert.trimEnd()}\n`;
}

/** What HAProxy starts with lasts until the agent, which may wait a minute for identity, has had the next. */
const LEAST_LIFE_MS = 120_000;

/** The file is there and its certificate does not end soon: HAProxy can start. */
export function isUsable(path: string, now = Date.now()): boolean {
  try {
    return Date.parse(new X509Certificate(readFileSync(path)).validTo) > now + LEAST_LIFE_MS;
  } catch {
    return false; // absent, unreadable or cut off: not usable, whatever the reason
  }
}
