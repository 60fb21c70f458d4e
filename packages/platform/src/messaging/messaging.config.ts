import { z } from 'zod';
import { configGroup, secretFile, variable } from '../config/config-group.ts';

/** Where a service's NATS is, and the key by which it says who it is. */
export class MessagingConfig extends configGroup({
  host: variable('MESSAGING_HOST', z.string().min(1)),
  port: variable('MESSAGING_PORT', z.coerce.number().int().min(1).max(65_535).default(4222)),
  /** seed of an nkey (Ed25519): the server knows its public half alone, and nothing secret is ever sent */
  key: secretFile('messaging-key'),
}) {}
