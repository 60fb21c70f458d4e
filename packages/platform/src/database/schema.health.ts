import type { HealthCheck } from '../health/health-registry.ts';
import type { GuardedPool } from './guarded.pool.ts';

/** A migration that only adds: versions from before it work on beside it. Its name says so: `0005-expand-add-note`. */
const EXPANDS = /^\d+-expand-/;
/** undefined_table: nothing was ever migrated here */
const NO_TABLE = '42P01';
/** the name of its check */
export const SCHEMA = 'schema';
const INTERVAL_MS = 5_000;

/**
 * Does the schema fit this version of the service? `SCHEMA_BEHIND`: a migration of ours has not run; when it has, the replica becomes ready by
 * itself. `SCHEMA_AHEAD`: one has run that this version does not know, and that does not say that it only adds. Once a replica has fitted, what
 * newer versions do to the schema does not take it out: they add first, and take away only when no old version is left.
 */
export function schemaHealth(pool: Pick<GuardedPool, 'query'>, migrations: readonly string[], now: () => number = Date.now): HealthCheck {
  let fitted = false;
  let checked = Number.NEGATIVE_INFINITY;
  return {
    name: SCHEMA,
    kind: 'required',
    check: async () => {
      if (now() - checked < INTERVAL_MS) return;
      const applied = await read(pool);
      if (migrations.some((name) => !applied.has(name))) throw unfit('SCHEMA_BEHIND');
      const unknown = [...applied].filter((name) => !migrations.includes(name));
      if (!fitted && unknown.some((name) => !EXPANDS.test(name))) throw unfit('SCHEMA_AHEAD');
      fitted = true;
      checked = now();
    },
  };
}

/** Kysely's own table of what has run. */
async function read(pool: Pick<GuardedPool, 'query'>): Promise<Set<string>> {
  try {
    const { rows } = await pool.query<{ name: string }>('select name from kysely_migration');
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NO_TABLE) return new Set();
    throw error;
  }
}

function unfit(code: 'SCHEMA_BEHIND' | 'SCHEMA_AHEAD'): Error {
  return Object.assign(new Error(code), { code });
}
