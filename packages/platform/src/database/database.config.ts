import { z } from 'zod';
import { configGroup, secretFile, variable } from '../config/config-group.ts';

/** Where a service's PostgreSQL is. No default for what differs between installations, none for the password. */
export class DatabaseConfig extends configGroup({
  host: variable('DATABASE_HOST', z.string().min(1)),
  port: variable('DATABASE_PORT', z.coerce.number().int().min(1).max(65_535).default(5432)),
  name: variable('DATABASE_NAME', z.string().min(1)),
  user: variable('DATABASE_USER', z.string().min(1)),
  password: secretFile('database-password'),
  poolSize: variable('DATABASE_POOL_SIZE', z.coerce.number().int().min(1).max(100).default(8)),
}) {}
