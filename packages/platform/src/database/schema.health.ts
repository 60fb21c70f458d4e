import type { HealthCheck } from '../health/health-registry.ts';
import { appliedMigrations, unknownMigrations } from './applied.migrations.ts';
import type { GuardedPool } from './guarded.pool.ts';

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
      const applied = await appliedMigrations(pool);
      if (migrations.some((name) => !applied.has(name))) throw unfit('SCHEMA_BEHIND');
      if (!fitted && unknownMigrations(applied, migrations).other.length > 0) throw unfit('SCHEMA_AHEAD');
      fitted = true;
      checked = now();
    },
  };
}

function unfit(code: 'SCHEMA_BEHIND' | 'SCHEMA_AHEAD'): Error {
  return Object.assign(new Error(code), { code });
}
