import { z } from 'zod';
import { configGroup, secretFile, variable } from '../config/config-group.ts';

/** Where a service's Valkey is. */
export class CacheConfig extends configGroup({
  host: variable('CACHE_HOST', z.string().min(1)),
  port: variable('CACHE_PORT', z.coerce.number().int().min(1).max(65_535).default(6379)),
  user: variable('CACHE_USER', z.string().min(1).default('default')),
  password: secretFile('cache-password'),
}) {}
