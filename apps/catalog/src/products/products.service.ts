import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '@seaworthy/platform';
import { Cache } from '@seaworthy/platform/cache';
import { productCursor } from './cursor.ts';
import { Product, ProductPage } from './product.schema.ts';
import type { ProductQuery } from './product.schema.ts';
import { ProductsRepository } from './products.repository.ts';

/** A product changes by migration only, so half a minute of old news hurts nobody. */
const TTL_MS = 30_000;

@Injectable()
export class ProductsService {
  readonly #products: ProductsRepository;
  readonly #cache: Cache;

  constructor(products: ProductsRepository, cache: Cache) {
    this.#products = products;
    this.#cache = cache;
  }

  async find(id: string): Promise<Product> {
    const product = await this.#cache.through({
      key: `catalog:1:product:${id.toLowerCase()}`,
      ttl: TTL_MS,
      schema: Product,
      load: async () => this.#load(id),
    });
    return product;
  }

  async list(query: ProductQuery): Promise<ProductPage> {
    const after = query.cursor === undefined ? undefined : productCursor.decode(query.cursor);
    return this.#cache.through({
      key: listKey(query),
      ttl: TTL_MS,
      schema: ProductPage,
      load: async () => this.#page({ ...query, after }),
    });
  }

  async #load(id: string): Promise<Product> {
    const product = await this.#products.find(id);
    if (product) return product;
    throw new ProblemError({ status: 404, code: 'NOT_FOUND', detail: 'expected the id of a product, found one that none has' });
  }

  /** Asks for one more than a page holds: if it is there, there is a next page. */
  async #page({ limit, ...filter }: Parameters<ProductsRepository['list']>[0]): Promise<ProductPage> {
    const found = await this.#products.list({ ...filter, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, next: found.length > limit && last ? productCursor.encode({ name: last.name, id: last.id }) : null };
  }
}

/** Hashed, so that what a client writes is no part of a key and cannot make one long. */
function listKey({ limit, cursor, search, category }: ProductQuery): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([limit, cursor, search, category]))
    .digest('base64url');
  return `catalog:1:list:${hash}`;
}
