/** The tables as the migrations make them. */
export interface CatalogSchema {
  products: ProductsTable;
}

export interface ProductsTable {
  id: string;
  name: string;
  description: string;
  category: string;
  price_cents: number;
  currency: string;
}
