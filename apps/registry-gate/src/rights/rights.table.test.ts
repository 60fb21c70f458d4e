import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { RightsTable } from './rights.table.ts';

const SHIPPED = RightsTable.read(resolve(import.meta.dirname, '../../../../infra/policies/registry-rights.yaml'));
const workload = (name: string) => ({ kind: 'workload' as const, name, roles: [] });
const person = (...roles: string[]) => ({ kind: 'person' as const, name: 'somebody', roles });

describe('the table of rights', () => {
  describe('as it is shipped', () => {
    it.each([
      ['image-builder', { staging: ['pull', 'push'], release: [], quarantine: [] }],
      ['pipeline', { staging: ['pull', 'push'], release: ['pull'], quarantine: [] }],
      ['gatekeeper', { staging: ['pull'], release: ['pull', 'push'], quarantine: [] }],
      ['deploy', { staging: [], release: ['pull'], quarantine: [] }],
      ['catalog', { staging: [], release: [], quarantine: [] }],
      ['developer', { staging: [], release: [], quarantine: [] }],
      ['constructor', { staging: [], release: [], quarantine: [] }],
    ])('gives the workload %s exactly %j', (name, rights) => {
      for (const [realm, actions] of Object.entries(rights)) expect(SHIPPED.actions(workload(name), `${realm}/x`)).toEqual(actions);
    });

    it('lets the gatekeeper alone write to release', () => {
      const names = ['image-builder', 'pipeline', 'gatekeeper', 'deploy', 'registry-gate', 'edge', 'catalog'];
      expect(names.filter((name) => SHIPPED.actions(workload(name), 'release/x').includes('push'))).toEqual(['gatekeeper']);
      expect(SHIPPED.actions(person('developer'), 'release/x')).toEqual(['pull']);
    });

    it('lets developers write to quarantine alone, and list', () => {
      expect(SHIPPED.actions(person('developer'), 'staging/x')).toEqual(['pull']);
      expect(SHIPPED.actions(person('developer'), 'quarantine/x')).toEqual(['pull', 'push']);
      expect(SHIPPED.mayList(person('developer'))).toBe(true);
      expect(SHIPPED.mayList(workload('deploy'))).toBe(false);
    });

    it.each(['release', 'releases/x', '/release/x', 'other/x', ''])('knows nobody with rights in %j', (repository) => {
      expect(SHIPPED.actions(workload('gatekeeper'), repository)).toEqual([]);
    });
  });

  describe('when a workload has the name of a role', () => {
    it('gets nothing by that', () => expect(SHIPPED.actions(person('gatekeeper'), 'release/x')).toEqual([]));
  });

  describe('when a person has several roles', () => {
    it('adds them up', () => {
      const table = new RightsTable({ roles: { a: { staging: ['pull'] }, b: { staging: ['delete'] } } });
      expect(table.actions(person('a', 'b'), 'staging/x')).toEqual(['pull', 'delete']);
    });
  });

  describe('when the file is not right', () => {
    it.each([
      ['an unknown action', 'workloads: { deploy: { release: [admin] } }', 'workloads.deploy.release'],
      ['an unknown realm', 'workloads: { deploy: { secret: [pull] } }', 'workloads.deploy'],
      ['an unknown workload', 'workloads: { nobody: { release: [pull] } }', 'workloads'],
      ['an unknown key', 'everybody: { release: [pull] }', ''],
      ['no YAML', '{', ''],
    ])('refuses %s, and names the place', (_, text, place) => {
      const path = join(mkdtempSync(join(tmpdir(), 'seaworthy-rights-')), 'rights.yaml');
      writeFileSync(path, text);
      expect(() => RightsTable.read(path)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(place) }),
      );
    });
  });
});
