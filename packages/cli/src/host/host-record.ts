import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { TrustStore } from '../trust/trust-store.ts';
import { statePath } from './paths.ts';

/** What the project changed on this machine outside its clone, so that `npm run clean` can undo it and name what it leaves. */
export interface HostRecord {
  /** packages that apt-get installed for us */
  readonly packages?: readonly string[];
  /** the engine that we started, as the process it was */
  readonly engine?: { readonly pid: number; readonly started: string };
  /** the link that makes `docker compose` work */
  readonly composePlugin?: string;
  /** folders that were made for that link, the innermost first */
  readonly folders?: readonly string[];
  /** where the platform's root is trusted, under which name, and whether the store was made for it */
  readonly trust?: readonly { readonly store: TrustStore; readonly name: string; readonly certificate: string; readonly made?: boolean }[];
}

export function readHostRecord(path: string = statePath('host.json')): HostRecord {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as HostRecord;
  } catch {
    return {};
  }
}

/** Adds to the record; written beside and renamed, so that an interruption leaves the old one or the new one. */
export function recordChange(change: HostRecord, path: string = statePath('host.json')): void {
  writeFileSync(`${path}.new`, `${JSON.stringify({ ...readHostRecord(path), ...change }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
