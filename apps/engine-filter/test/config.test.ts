import { afterAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { Environment, readConfig } from '../src/config.ts';

const directory = mkdtempSync(join(tmpdir(), 'filter-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const client = {
  name: 'pipeline',
  socket: '/run/engine/pipeline.sock',
  images: [`sha256:${'a'.repeat(64)}`],
  networks: ['demo_jobs-egress'],
};

function read(config: unknown, project: string | undefined = 'demo'): ReturnType<typeof readConfig> {
  const file = join(directory, 'engine-filter.json');
  writeFileSync(file, JSON.stringify(config));
  return readConfig({ SEAWORTHY_PROJECT: project, ENGINE_FILTER_CONFIG: file });
}

describe('engine filter › configuration', () => {
  it('gives each client the project of the operator, not one of its own', () => {
    expect(read({ clients: [client] }).clients).toEqual([{ ...client, project: 'demo' }]);
  });
  it.each([
    ['an image by name', { clients: [{ ...client, images: ['toolbox:latest'] }] }, 'clients.0.images.0'],
    ['no image', { clients: [{ ...client, images: [] }] }, 'clients.0.images'],
    ['no client', { clients: [] }, 'clients'],
    ['an unknown field', { clients: [{ ...client, binds: true }] }, 'clients.0'],
    ['a project of its own', { clients: [{ ...client, project: 'other' }] }, 'clients.0'],
  ])('refuses %s, and says where', (_what, config, where) => {
    expect(() => read(config)).toThrow(`engine-filter.json: ${where}: `);
  });
  describe('the fleet', () => {
    const file = join(directory, 'fleet.json');
    const fleet = { socket: '/run/engine-fleet/fleet.sock', desiredFile: '/run/seaworthy/desired/desired.json' };
    const withFleet = (content: unknown) => {
      writeFileSync(file, JSON.stringify(content));
      try {
        return read({ clients: [client] });
      } finally {
        rmSync(file);
      }
    };
    it('is none where the operator wrote of none', () => {
      expect(read({ clients: [client] }).fleet).toBeUndefined();
    });
    it('is of the project of the operator', () => {
      expect(withFleet(fleet).fleet).toEqual({ ...fleet, project: 'demo' });
    });
    it.each([
      ['a project of its own', { ...fleet, project: 'other' }, 'file'],
      ['no file of what is deployed', { socket: fleet.socket }, 'desiredFile'],
      ['a relative socket', { ...fleet, socket: 'fleet.sock' }, 'socket'],
    ])('refuses %s, and says where', (_what, content, where) => {
      expect(() => withFleet(content)).toThrow(`fleet.json: ${where}: `);
    });
  });
  it('refuses to start without a file', () => {
    expect(() => readConfig({ SEAWORTHY_PROJECT: 'demo', ENGINE_FILTER_CONFIG: '/nowhere' })).toThrow('/nowhere: expected JSON');
  });
  it('refuses every variable that is bad, by name, and tells no value', () => {
    const file = join(directory, 'engine-filter.json');
    writeFileSync(file, JSON.stringify({ clients: [client] }));
    const fields = Object.entries(Environment.shape).map(([name, schema]) => [name, { from: 'variable', name, schema }]);
    const good = { environment: { SEAWORTHY_PROJECT: 'demo', ENGINE_FILTER_CONFIG: file }, secrets: {} };
    expect(configurationFaults([{ fields: Object.fromEntries(fields) as object }], good, readConfig)).toEqual([]);
  });
  it.each<[string, Record<string, string>, RegExp]>([
    ['variables', { SEAWORTHY_PROJECT: 'Hunter2', ENGINE_SOCKET: 'hunter2' }, /SEAWORTHY_PROJECT: expected .+; ENGINE_SOCKET: expected /],
    ['a file', { SEAWORTHY_PROJECT: 'demo', ENGINE_FILTER_CONFIG: '/nowhere' }, /\/nowhere: expected JSON/],
  ])('ends with 78 and one line that names them: %s', (_what, environment, reason) => {
    const main = join(import.meta.dirname, '../src/main.ts');
    const { status, stderr } = spawnSync(process.execPath, [main], { env: environment, encoding: 'utf8' });
    expect(status).toBe(78);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^engine-filter: configuration refused: /);
    expect(stderr).toMatch(reason);
    expect(stderr.toLowerCase()).not.toContain('hunter2');
  });
});
