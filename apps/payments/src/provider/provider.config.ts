import { z } from 'zod';
import { configGroup, variable } from '@seaworthy/platform';

/** Where the payment provider is. */
export class ProviderConfig extends configGroup({
  url: variable(
    'PROVIDER_URL',
    z
      .url({ protocol: /^https$/ })
      .refine((text) => URL.canParse(text) && new URL(text).origin === text, 'must be https://, a host and a port'),
  ),
}) {}
