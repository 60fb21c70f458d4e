import { describe, expect, it, jest } from '@jest/globals';
import type { GuardedPool } from './guarded.pool.ts';
import { schemaHealth } from './schema.health.ts';

const OURS = ['0001-create', '0002-seed'];

function schemaOf(applied: string[]) {
  let now = 0;
  const query = jest.fn(async () => ({ rows: applied.map((name) => ({ name })) }));
  const health = schemaHealth({ query } as unknown as Pick<GuardedPool, 'query'>, OURS, () => now);
  return { query, check: async () => health.check(), later: () => void (now += 6_000) };
}

describe('schemaHealth', () => {
  it('is content when exactly our migrations have run, and does not ask each time', async () => {
    const { query, check } = schemaOf([...OURS]);
    await check();
    await check();
    expect(query).toHaveBeenCalledTimes(1);
  });

  describe('when one has not run', () => {
    it('is behind, and content as soon as it has', async () => {
      const applied = ['0001-create'];
      const { check } = schemaOf(applied);
      await expect(check()).rejects.toMatchObject({ code: 'SCHEMA_BEHIND' });
      applied.push('0002-seed');
      await check();
    });
  });

  describe('when nothing was ever migrated', () => {
    it('is behind', async () => {
      const query = async () => Promise.reject(Object.assign(new Error('relation does not exist'), { code: '42P01' }));
      const health = schemaHealth({ query }, OURS);
      await expect((async () => health.check())()).rejects.toMatchObject({ code: 'SCHEMA_BEHIND' });
    });
  });

  describe('when one has run that this version does not know', () => {
    it('is ahead', async () => {
      await expect(schemaOf([...OURS, '0003-drop']).check()).rejects.toMatchObject({ code: 'SCHEMA_AHEAD' });
    });

    it('is content when that one only adds', async () => {
      await schemaOf([...OURS, '0003-expand-note']).check();
    });

    it('is content when it came while the replica ran: it is the next version that is being deployed', async () => {
      const applied = [...OURS];
      const { check, later } = schemaOf(applied);
      await check();
      applied.push('0003-drop');
      later();
      await check();
    });
  });
});
