/** A migration that only adds: versions from before it work on beside it. Its name says so: `0005-expand-add-note`. */
const EXPANDS = /^\d+-expand-/;
/** undefined_table: nothing was ever migrated here */
const NO_TABLE = '42P01';

/** What is asked for it: a pool, guarded or not. */
export interface Queryable {
  query: (text: string) => Promise<{ rows: unknown[] }>;
}

/** Names of the migrations that have run, in Kysely's own table. */
export async function appliedMigrations(pool: Queryable): Promise<Set<string>> {
  try {
    const { rows } = await pool.query('select name from kysely_migration');
    return new Set((rows as { name: string }[]).map(({ name }) => name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NO_TABLE) return new Set();
    throw error;
  }
}

/** Of those that have run and that a version does not know: which only add, so that it works on beside them, and which do not say so? */
export function unknownMigrations(applied: ReadonlySet<string>, known: readonly string[]): { adding: string[]; other: string[] } {
  const unknown = [...applied].filter((name) => !known.includes(name));
  return { adding: unknown.filter((name) => EXPANDS.test(name)), other: unknown.filter((name) => !EXPANDS.test(name)) };
}
