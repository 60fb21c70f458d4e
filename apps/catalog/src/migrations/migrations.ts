import type { Migration } from 'kysely/migration';
import { createProducts } from './0001-create-products.ts';
import { seedProducts } from './0002-seed-products.ts';

/** In the order of their names. Never change one that has run somewhere: add another. */
export const migrations: Record<string, Migration> = {
  '0001-create-products': createProducts,
  '0002-seed-products': seedProducts,
};
