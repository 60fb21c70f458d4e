import { Inject, Injectable } from '@nestjs/common';
import { Kysely } from 'kysely';
import type { Selectable } from 'kysely';
import type { CatalogSchema, ProductsTable } from './products.table.ts';
import type { Position } from './cursor.ts';
import type { Product } from './product.schema.ts';

export interface ProductFilter {
  limit: number;
  after?: Position | undefined;
  search?: string | undefined;
  category?: string | undefined;
}

/** Products in PostgreSQL. Values are always parameters, never text of a statement. */
@Injectable()
export class ProductsRepository {
  readonly #database: Kysely<CatalogSchema>;

  constructor(@Inject(Kysely) database: Kysely<CatalogSchema>) {
    this.#database = database;
  }

  async find(id: string): Promise<Product | undefined> {
    const row = await this.#database.selectFrom('products').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toProduct(row);
  }

  /** Products by name, then id. Keyset pagination: the cost of a page does not grow with its distance from the first. */
  async list({ limit, after, search, category }: ProductFilter): Promise<Product[]> {
    let query = this.#database.selectFrom('products').selectAll().orderBy('name').orderBy('id').limit(limit);
    if (after) query = query.where((eb) => eb(eb.refTuple('name', 'id'), '>', eb.tuple(after.name, after.id)));
    if (category) query = query.where('category', '=', category);
    for (const word of search?.split(/\s+/) ?? []) {
      const pattern = `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      query = query.where((eb) => eb.or([eb('name', 'ilike', pattern), eb('description', 'ilike', pattern)]));
    }
    return (await query.execute()).map(toProduct);
  }
}

function toProduct(row: Selectable<ProductsTable>): Product {
  const { id, name, description, category, price_cents: priceCents, currency } = row;
  return { id, name, description, category: category as Product['category'], priceCents, currency };
}
