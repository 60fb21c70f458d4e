import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceConfig } from '@seaworthy/platform';
import { readConfig } from '@seaworthy/platform/config';
import { readComposeFile } from '@seaworthy/policy/runtime';
import { describe, expect, it } from '@jest/globals';
import { declaredVariables } from '../../src/develop/declared-variables.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

describe('the time that the engine gives a service of the platform to end', () => {
  it('is longer than the time in which the service ends by itself, as compose.yaml configures both', async () => {
    const environments = await declaredVariables(REPOSITORY);
    const services = Object.entries(await readComposeFile(join(REPOSITORY, 'compose.yaml'))).filter(([, { image }]) => isOnPlatform(image));
    const times = services.map(([name, service]) => ({
      name,
      given: milliseconds(service.stop_grace_period),
      needed: graceOf(environments[name] ?? {}),
    }));
    expect(times.map(({ name }) => name)).toEqual(expect.arrayContaining(['identity', 'catalog', 'orders', 'payments', 'fleet']));
    expect(times.filter(({ given, needed }) => !(given > needed))).toEqual([]);
  });
});

/** The variable of an image is named after the service, whose package says what it is built on. */
function isOnPlatform(image: unknown): boolean {
  const app = String(image)
    .replace(/_IMAGE$/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  const file = join(REPOSITORY, 'apps', app, 'package.json');
  return existsSync(file) && readFileSync(file, 'utf8').includes('"@seaworthy/platform"');
}

/** As the service itself would read it. */
function graceOf(environment: Readonly<Record<string, string>>): number {
  return (readConfig([ServiceConfig], { environment, secret: () => undefined }).get(ServiceConfig) as ServiceConfig).shutdownGrace;
}

/** NaN, which is longer than nothing, where compose.yaml says none in whole seconds. */
function milliseconds(period: unknown): number {
  return Number(/^(\d+)s$/.exec(String(period))?.[1]) * 1_000;
}
