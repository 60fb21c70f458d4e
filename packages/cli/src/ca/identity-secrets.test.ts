import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identitySecrets, rotateIssuerKeys } from './identity-secrets.ts';

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

  describe('when the issuers’ keys are rotated', () => {
    const HOUR_MS = 3_600_000;
    type Kept = Record<'people' | 'workloads', { keys: { kid: string }[] }>;
    // without people: a password is slow to hash, and few tests of keys need one
    const kids = (made = make([])) => {
      const { people, workloads } = JSON.parse(made['issuer-keys.json']) as Kept;
      return { people: people.keys.map(({ kid }) => kid), workloads: workloads.keys.map(({ kid }) => kid) };
    };

    it('puts a new one first and keeps the old one, of both issuers, and nothing else changes', () => {
      const files = make();
      rotateIssuerKeys(dir);
      const rotated = make();
      const [before, after] = [kids(files), kids(rotated)];
      for (const issuer of ['people', 'workloads'] as const) {
        expect(after[issuer]).toEqual([expect.any(String), ...before[issuer]]);
        expect(after[issuer][0]).not.toBe(before[issuer][0]);
      }
      expect(rotated).toEqual({ ...files, 'issuer-keys.json': expect.any(String) });
      expect(statSync(join(dir, 'issuer-keys.json')).mode & 0o777).toBe(0o600);
    });

    it('drops an old one when nothing that it signed can be alive, and no sooner', () => {
      const [first] = kids().people;
      const now = Date.now();
      rotateIssuerKeys(dir, now);
      rotateIssuerKeys(dir, now + HOUR_MS);
      expect(kids().people).toHaveLength(3);
      expect(kids().people).toContain(first);
      rotateIssuerKeys(dir, now + 2 * HOUR_MS);
      expect(kids().people).toHaveLength(3);
      expect(kids().people).not.toContain(first);
      rotateIssuerKeys(dir, now + 9 * HOUR_MS);
      expect(kids().people).toHaveLength(2);
    });
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
