import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { OWNER_LABEL } from '@seaworthy/contracts';
import { engine } from '@seaworthy/testing';
import { descendants, environmentOf, listeningAddresses } from './listeners.ts';
import { RELEASE_MARK } from './working-tree.fixture.ts';

const LOOPBACK = '0100007F';

const containersOf = async (project: string) => engine.listContainers({ all: true, filters: { label: [`${OWNER_LABEL}=${project}`] } });

/** A process, its children and the containers of its session listen on 127.0.0.1 and nowhere else. */
export async function requireLoopback(pid: number, project: string, stores: number): Promise<void> {
  expect(new Set(listeningAddresses(pid))).toEqual(new Set([LOOPBACK]));
  const published = (await containersOf(project)).flatMap(({ Ports }) => Ports.filter(({ PublicPort }) => PublicPort !== undefined));
  expect(published).toHaveLength(stores);
  expect(new Set(published.map(({ IP }) => IP))).toEqual(new Set(['127.0.0.1']));
}

/** Containers of a session are hardened, and share no network, volume or secret with anybody. */
export async function requireStoresApart(project: string): Promise<void> {
  for (const { Id } of await containersOf(project)) {
    const { HostConfig, Mounts, NetworkSettings, Config } = await engine.getContainer(Id).inspect();
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], Binds: null });
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`${project}_stores`]);
    expect(Mounts.filter(({ Type }) => Type === 'volume').filter(({ Name }) => !Name?.startsWith(`${project}_`))).toEqual([]);
    expect(JSON.stringify(Config.Env)).not.toMatch(/password|secret|token/i);
  }
}

/** Every service of a session reads files of the session alone, calls services of the session alone, and nothing there is a key of the platform. */
export function requireOwnFiles(pid: number, root: string): void {
  const development = join(root, '.seaworthy/development');
  const services = descendants(pid)
    .map((child) => environmentOf(child))
    .filter(({ SECRETS_DIRECTORY }) => SECRETS_DIRECTORY !== undefined);
  expect(services.length).toBeGreaterThan(0);
  for (const { NODE_COMPILE_CACHE: _, ...environment } of services) {
    const paths = Object.values(environment).filter((value) => value.startsWith(join(root, '.seaworthy')));
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !path.startsWith(development))).toEqual([]);
    expect(Object.values(environment).filter((value) => value.startsWith('https://') && !value.startsWith('https://localhost:'))).toEqual(
      [],
    );
    expect(environment).toMatchObject({ TRUST_DIRECTORY: development, SECRETS_DIRECTORY: expect.stringContaining(development) });
  }
  const files = readdirSync(development, { recursive: true, encoding: 'utf8' }).map((name) => join(development, name));
  const readable = files.filter((path) => statSync(path).isFile());
  expect(readable.filter((path) => readFileSync(path, 'utf8').includes(RELEASE_MARK))).toEqual([]);
}
