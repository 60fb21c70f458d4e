import { expect, it } from '@jest/globals';
import { ServiceConfig } from '@seaworthy/platform';
import { processSource, readConfig } from '@seaworthy/platform/config';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { CardKeysConfig } from '../src/cards/card-keys.config.ts';
import { ProviderConfig } from '../src/provider/provider.config.ts';

it('refuses every variable and secret file that is bad, by name, and tells no value', () => {
  const groups = [ServiceConfig, CardKeysConfig, ProviderConfig];
  const good = { environment: { PROVIDER_URL: 'https://provider:9450' }, secrets: { 'card-keys': 'A'.repeat(43) } };
  const read = (environment: Record<string, string>, folder: string) => readConfig(groups, { ...processSource(folder), environment });
  expect(configurationFaults(groups, good, read)).toEqual([]);
});
