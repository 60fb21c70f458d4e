import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identitySecrets } from './identity-secrets.ts';

const ANNA = { name: 'anna', roles: ['developer'], password: 'correct horse battery staple' };
const SECRETS = { catalog: 'a secret of catalog', edge: 'a secret of edge' };

describe('identitySecrets', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'seaworthy-identity-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const make = (people = [ANNA], clientSecrets: Record<string, string> = SECRETS) => identitySecrets({ dir, clientSecrets, people });

  it('gives away no secret of a workload and no password', () => {
    const text = JSON.stringify(make());
    for (const secret of [...Object.values(SECRETS), ANNA.password]) expect(text).not.toContain(secret);
  });

  it('signs with another key for people than for workloads', () => {
    const { people, workloads } = JSON.parse(make()['issuer-keys.json']) as Record<string, { keys: { x: string }[] }>;
    expect(people?.keys[0]?.x).not.toBe(workloads?.keys[0]?.x);
  });

  it('keeps what it keeps for its owner', () => {
    make();
    for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
  });

  describe('when what is kept was damaged', () => {
    it('makes it anew: no token and no salt has to outlive that', () => {
      const before = make();
      for (const file of readdirSync(dir)) writeFileSync(join(dir, file), before['accounts.json'].slice(0, 20));
      const after = make();
      expect(JSON.parse(after['issuer-keys.json'])).toHaveProperty('workloads.keys');
      expect(JSON.parse(after['accounts.json'])).toHaveLength(1);
    });
  });

  describe('when it is done again', () => {
    it('changes nothing', () => expect(make()).toEqual(make()));

    it('changes only what has changed', () => {
      const before = make();
      const after = make([{ ...ANNA, password: 'another' }], { ...SECRETS, pipeline: 'a new one' });
      expect(after['issuer-keys.json']).toBe(before['issuer-keys.json']);
      expect(after['accounts.json']).not.toBe(before['accounts.json']);
      expect(JSON.parse(after['clients.json'])).toHaveLength(3);
    });
  });
});
