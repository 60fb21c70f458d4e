import type { ServiceOptions } from '@seaworthy/platform';
import { DatabaseConfig } from '@seaworthy/platform/database';
import { MessagingConfig } from '@seaworthy/platform/messaging';

/** The edge can send a request again only when it holds the whole of it (`tune.bufsize`, 16 KiB); the longest order has 2 KiB. */
const BODY_LIMIT = 8 * 1024;

export const ORDERS_OPTIONS: ServiceOptions = {
  name: 'orders',
  config: [DatabaseConfig, MessagingConfig],
  bodyLimit: BODY_LIMIT,
  openApi: { title: 'Orders', description: 'Orders of a ship chandler’s customers. Every request needs a customer’s access token.' },
};
