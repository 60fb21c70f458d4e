import { expect, it } from '@jest/globals';
import { ServiceConfig } from '@seaworthy/platform';
import { processSource, readConfig } from '@seaworthy/platform/config';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { LedgerConfig } from '../src/ledger/ledger.config.ts';

it('refuses every variable and secret file that is bad, by name, and tells no value', () => {
  const groups = [ServiceConfig, LedgerConfig];
  const good = { environment: { LEDGER_FILE: '/var/lib/ledger' }, secrets: {} };
  const read = (environment: Record<string, string>, folder: string) => readConfig(groups, { ...processSource(folder), environment });
  expect(configurationFaults(groups, good, read)).toEqual([]);
});
