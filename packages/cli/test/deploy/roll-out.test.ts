import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { desiredSchema, OWNER_LABEL, REVISION_LABEL } from '@seaworthy/contracts';
import type { Desired, DesiredService } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { extract } from 'tar-stream';
import { readRolledOut } from '../../src/deploy/fleet/fleet-record.ts';
import { rollOut } from '../../src/deploy/fleet/roll-out.ts';
import { mainInstance } from '../../src/instance.ts';
import type { Instance } from '../../src/instance.ts';
import type { PlatformAccess } from '../../src/platform/access.ts';

/** A service in the version that this digit stands for. */
function version(digit: string): Omit<DesiredService, 'previous'> {
  const container = { Image: `sha256:${digit.repeat(64)}`, Labels: {}, HostConfig: { NetworkMode: 'n' } };
  return {
    scale: { min: 2, max: 4, targetConcurrency: 10 },
    current: { id: digit.repeat(16), container, networks: [{ name: 'n', aliases: [] }] },
  };
}

describe('what the fleet is told to keep', () => {
  let instance: Instance;
  /** as the fleet read it, one after the other */
  let written: Desired[];
  /** ids of containers, with their labels */
  let containers: Map<string, Record<string, string>>;
  /** services whose new version does not get ready */
  let broken: string[];

  const last = () => written.at(-1);
  const ids = ({ services }: Desired) => Object.fromEntries(Object.entries(services).map(([name, { current }]) => [name, current.id[0]]));
  const replica = (service: string) => ({ [OWNER_LABEL]: 'seaworthy', [REVISION_LABEL]: 'x', 'com.docker.compose.service': service });

  const docker = {
    createVolume: async () => undefined,
    createContainer: async () => ({
      putArchive: async (archive: Buffer) => {
        const files = new Map<string, unknown>();
        for await (const entry of Readable.from([archive]).pipe(extract())) {
          const { name, type, linkname } = entry.header;
          if (type === 'file') files.set(name, await json(entry));
          else entry.resume();
          if (!name.endsWith('/desired.json')) continue;
          // whole or not at all: under another name first
          expect(type).toBe('link');
          written.push(desiredSchema.parse(files.get(linkname)));
        }
      },
      remove: async () => undefined,
    }),
    listContainers: async ({ filters }: { filters: { label: string[] } }) =>
      [...containers]
        .filter(([, labels]) =>
          filters.label.map((one) => one.split('=')).every(([key = '', value]) => key in labels && (value ?? labels[key]) === labels[key]),
        )
        .map(([Id, Labels]) => ({ Id, Labels, State: 'running' })),
    getContainer: (id: string) => ({ stop: async () => undefined, remove: async () => void containers.delete(id) }),
  } as unknown as Docker;
  /** A fleet that has come to its end with what was written last. */
  const access = {
    workload: () => async () => 'token',
    fetch: async () =>
      Response.json({
        services: Object.entries(last()?.services ?? {}).map(([service, { current }]) => ({
          service,
          revision: current.id,
          deploy: last()?.deploy,
          progress: broken.includes(service) ? { state: 'rolled-back', reason: 'not ready' } : { state: 'rolled-out' },
          wanted: 2,
          serving: 2,
          replicas: [],
        })),
      }),
  } as unknown as PlatformAccess;

  const deploy = async (wanted: Record<string, string>, others: 'kept' | 'dropped') =>
    rollOut(
      { docker, instance, access, carrierImage: 'node', onProgress: () => undefined },
      Object.fromEntries(Object.entries(wanted).map(([name, digit]) => [name, version(digit)])),
      others,
    );

  beforeEach(async () => {
    const root = mkdtempSync(join(tmpdir(), 'seaworthy-roll-out-'));
    mkdirSync(join(root, '.seaworthy'));
    instance = mainInstance(root, {});
    [written, broken] = [[], []];
    containers = new Map(['catalog', 'orders', 'pricing'].map((name) => [`${name}-1`, replica(name)]));
    containers.set('postgres', { [OWNER_LABEL]: 'seaworthy', 'com.docker.compose.service': 'postgres' });
    containers.set('of another clone', { ...replica('pricing'), [OWNER_LABEL]: 'other' });
    await deploy({ catalog: 'a', orders: 'a', pricing: 'a' }, 'dropped');
  });
  afterEach(() => rmSync(instance.root, { recursive: true }));

  it('is one deploy from its beginning to its end, and another the next time', async () => {
    await deploy({ catalog: 'a', orders: 'a', pricing: 'a' }, 'dropped');
    const [first, settled, second] = written.map((one) => one.deploy);
    expect([first, settled, second]).toEqual([expect.any(String), first, expect.any(String)]);
    expect(second).not.toBe(first);
  });

  it('is what was deployed and nothing else: what a commit has no more goes, with its replicas', async () => {
    await deploy({ catalog: 'b', orders: 'a' }, 'dropped');
    expect(written.map(ids).at(-1)).toEqual({ catalog: 'b', orders: 'a' });
    expect(readRolledOut(instance)?.services).toEqual(last()?.services);
    expect([...containers.keys()]).toEqual(['catalog-1', 'orders-1', 'postgres', 'of another clone']);
  });

  it('is what it was, besides, where one service alone is changed', async () => {
    await deploy({ catalog: 'b' }, 'kept');
    expect(written.map(ids).at(-1)).toEqual({ catalog: 'b', orders: 'a', pricing: 'a' });
    expect(containers.size).toBe(5);
  });

  it('is all that it was when one does not get ready: what goes on running may need what the commit has no more', async () => {
    broken = ['catalog'];
    await expect(deploy({ catalog: 'b', orders: 'a' }, 'dropped')).rejects.toMatchObject({ code: 'FAILED' });
    expect(written.map(ids).at(-1)).toEqual({ catalog: 'a', orders: 'a', pricing: 'a' });
    expect(readRolledOut(instance)?.services).toEqual(last()?.services);
    expect(containers.size).toBe(5);
  });

  it('has something to go back to only while it is rolled out', async () => {
    await deploy({ catalog: 'b', orders: 'a' }, 'dropped');
    const [, , during, after] = written.map(({ services }) => services['catalog']?.previous?.id[0]);
    expect([during, after]).toEqual(['a', undefined]);
  });
});
