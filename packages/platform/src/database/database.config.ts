import { z } from 'zod';
import { configGroup, hostName, secretFile, variable, wholeNumber } from '../config/config-group.ts';

const identifier = z.string().regex(/^\w[\w-]{0,62}$/, 'must be a name of at most 63 letters, digits, _ and -');

/** Where a service's PostgreSQL is. No default for what differs between installations, none for the password. */
export class DatabaseConfig extends configGroup({
  host: variable('DATABASE_HOST', hostName),
  port: variable('DATABASE_PORT', wholeNumber(1, 65_535).default(5432)),
  name: variable('DATABASE_NAME', identifier),
  user: variable('DATABASE_USER', identifier),
  password: secretFile('database-password'),
  poolSize: variable('DATABASE_POOL_SIZE', wholeNumber(1, 100).default(8)),
}) {}
