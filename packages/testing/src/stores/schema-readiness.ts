import { eventually } from '../eventually.ts';
import type { Injectable } from '../fuzz/field-faults.ts';

export interface VersionedDatabase {
  /** one statement, as who may change what has been migrated */
  query: (text: string) => Promise<{ rows: unknown[] }>;
  /** a new replica, that does not listen */
  assemble: () => Promise<{ app: Injectable; close(): Promise<unknown> }>;
}

/** Status of readiness, and what it says of the schema. */
type Readiness = [status: number, schema: unknown];

/** How a replica answers whose own migrations have all run, and no others; and one whose database is of another version. */
export const SCHEMA_READINESS: Readonly<Record<'own' | 'behind' | 'ahead' | 'expanded', Readiness>> = {
  own: [200, { status: 'up' }],
  behind: [503, { status: 'down', reason: 'SCHEMA_BEHIND' }],
  ahead: [503, { status: 'down', reason: 'SCHEMA_AHEAD' }],
  expanded: [200, { status: 'up' }],
};

/**
 * Readiness of new replicas: of a database of their own version, of one whose last migration has not run, of one that has run one more, and of one
 * where that one only adds. The database is as it was afterwards.
 */
export async function schemaReadiness({ query, assemble }: VersionedDatabase): Promise<Record<keyof typeof SCHEMA_READINESS, Readiness>> {
  const readiness = async (): Promise<Readiness> => readinessOfNew(assemble);
  const meanwhile = async (begin: string, end: string): Promise<Readiness> => {
    await query(begin);
    try {
      return await readiness();
    } finally {
      await query(end);
    }
  };
  const added = async (name: string): Promise<Readiness> =>
    meanwhile(
      `insert into kysely_migration (name, timestamp) values ('${name}', '2026')`,
      `delete from kysely_migration where name = '${name}'`,
    );
  const { rows } = await query('select name, timestamp from kysely_migration order by name desc limit 1');
  const [last] = rows as { name: string; timestamp: string }[];
  return {
    own: await readiness(),
    behind: await meanwhile(
      `delete from kysely_migration where name = '${last?.name}'`,
      `insert into kysely_migration (name, timestamp) values ('${last?.name}', '${last?.timestamp}')`,
    ),
    ahead: await added('9999-drop-all'),
    expanded: await added('9999-expand-add-note'),
  };
}

async function readinessOfNew(assemble: VersionedDatabase['assemble']): Promise<Readiness> {
  const replica = await assemble();
  try {
    let found: Readiness = [0, undefined];
    await eventually(async () => {
      const { statusCode, body } = await replica.app.inject({ method: 'GET', url: '/health/ready' });
      const { details = {} } = JSON.parse(body) as { details?: Record<string, { status: string; reason?: string }> };
      // NATS says in a moment whether it takes what this replica declares; on a machine that is busy, a database may not have answered in time
      const open = Object.values(details).find(({ status, reason }) => status === 'down' && !reason?.startsWith('SCHEMA_'));
      if (open) throw new Error(`expected nothing to be down but the schema, found ${open.reason}`);
      found = [statusCode, details['schema']];
    });
    return found;
  } finally {
    await replica.close();
  }
}
