import { join } from 'node:path';
import { readComposeFile } from '@seaworthy/policy/runtime';
import { describe, expect, it } from '@jest/globals';
import { runtimeServices } from '../../src/deploy/runtime-services.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

const FILTER = 'engine-filter';

/** Compose ends a service before those that it depends on. */
describe('the order in which docker compose down ends services', () => {
  it('lets those that make containers take these away before their way to the engine is gone', async () => {
    const services = Object.entries(await readComposeFile(join(REPOSITORY, 'compose.yaml')));
    const holders = services.filter(([name, { volumes }]) => name !== FILTER && /engine-socket:/.test(JSON.stringify(volumes ?? [])));
    expect(holders.map(([name]) => name)).toEqual(['pipeline', 'fleet']);
    expect(holders.filter(([, { depends_on: needs }]) => !(FILTER in Object(needs))).map(([name]) => name)).toEqual([]);
  });

  it('ends the fleet before the services whose replicas it would bring back', async () => {
    const { fleet } = await readComposeFile(join(REPOSITORY, 'compose.yaml'));
    const { replicated } = await runtimeServices(REPOSITORY);
    expect(replicated).toContain('catalog');
    expect(Object.keys(Object(fleet?.depends_on))).toEqual(expect.arrayContaining([...replicated, 'edge']));
  });
});
