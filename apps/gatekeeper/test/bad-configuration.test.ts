import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { ServiceConfig } from '@seaworthy/platform';
import { processSource, readConfig } from '@seaworthy/platform/config';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { GatekeeperConfig } from '../src/gatekeeper.config.ts';

it('refuses every variable and secret file that is bad, by name, and tells no value', () => {
  const groups = [ServiceConfig, GatekeeperConfig];
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const good = { environment: {}, secrets: { 'signing.key': pem } };
  const read = (environment: Record<string, string>, folder: string) => readConfig(groups, { ...processSource(folder), environment });
  expect(configurationFaults(groups, good, read)).toEqual([]);
});
