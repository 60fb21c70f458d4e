import type { ServiceOptions } from '@seaworthy/platform';
import { LedgerConfig } from './ledger/ledger.config.ts';

export const PROVIDER_OPTIONS: ServiceOptions = {
  name: 'payment-provider',
  config: [LedgerConfig],
  bodyLimit: 1024,
  openApi: { title: 'Payment provider', description: 'What the sample shop takes for a company outside. It moves no money.' },
};
