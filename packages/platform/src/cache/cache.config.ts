import { z } from 'zod';
import { configGroup, hostName, secretFile, variable, wholeNumber } from '../config/config-group.ts';

/** Where a service's Valkey is. */
export class CacheConfig extends configGroup({
  host: variable('CACHE_HOST', hostName),
  port: variable('CACHE_PORT', wholeNumber(1, 65_535).default(6379)),
  user: variable(
    'CACHE_USER',
    z
      .string()
      .regex(/^\w[\w.-]{0,63}$/, 'must be the name of a user')
      .default('default'),
  ),
  password: secretFile('cache-password'),
}) {}
