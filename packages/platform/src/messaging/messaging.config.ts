import { z } from 'zod';
import { configGroup, hostName, secretFile, variable, wholeNumber } from '../config/config-group.ts';

/** Where a service's NATS is, and the key by which it says who it is. */
export class MessagingConfig extends configGroup({
  host: variable('MESSAGING_HOST', hostName),
  port: variable('MESSAGING_PORT', wholeNumber(1, 65_535).default(4222)),
  /** seed of an nkey (Ed25519): the server knows its public half alone, and nothing secret is ever sent */
  key: secretFile('messaging-key', z.string().regex(/^SU[A-Z2-7]{56}$/, 'must be the seed of an nkey of a user')),
}) {}
