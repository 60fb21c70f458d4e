import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { ServiceConfig } from '@seaworthy/platform';
import { processSource, readConfig } from '@seaworthy/platform/config';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { PipelineConfig } from '../src/pipeline.config.ts';

it('refuses every variable and secret file that is bad, by name, and tells no value', () => {
  const groups = [ServiceConfig, PipelineConfig];
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const good = { environment: { SEAWORTHY_PROJECT: 'seaworthy' }, secrets: { 'signing.key': pem } };
  const read = (environment: Record<string, string>, folder: string) => readConfig(groups, { ...processSource(folder), environment });
  expect(configurationFaults(groups, good, read)).toEqual([]);
});
