import type { ServiceOptions } from '@seaworthy/platform';
import { DatabaseConfig } from '@seaworthy/platform/database';
import { MessagingConfig } from '@seaworthy/platform/messaging';
import { CardKeysConfig } from './cards/card-keys.config.ts';
import { ProviderConfig } from './provider/provider.config.ts';

/** A card is some hundred bytes. */
const BODY_LIMIT = 1024;

export const PAYMENTS_OPTIONS: ServiceOptions = {
  name: 'payments',
  config: [DatabaseConfig, MessagingConfig, CardKeysConfig, ProviderConfig],
  bodyLimit: BODY_LIMIT,
  openApi: { title: 'Payments', description: 'Cards of a ship chandler’s customers. Every request needs a customer’s access token.' },
};
