import { html } from '@seaworthy/platform';
import type { Html } from '@seaworthy/platform';
import { CATEGORIES } from '../products/product.schema.ts';
import type { Product } from '../products/product.schema.ts';

/** All products by category. Whatever they hold is escaped by the `html` tag. */
export function renderPage(products: readonly Product[]): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Seaworthy chandlery</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header>
          <h1>Seaworthy chandlery</h1>
          <p>${products.length} products. <a href="/docs">API</a> &middot; <a href="/products">JSON</a></p>
        </header>
        <main>${CATEGORIES.map((category) => renderCategory(category, products))}</main>
        <footer>Built from a commit, verified before it ran. The same page comes from any replica.</footer>
      </body>
    </html>`.toString();
}

function renderCategory(category: string, products: readonly Product[]): Html {
  const own = products.filter((product) => product.category === category);
  return html`<section>
    <h2>${category}</h2>
    <ul>
      ${own.map(renderProduct)}
    </ul>
  </section>`;
}

function renderProduct({ id, name, description, priceCents, currency }: Product): Html {
  const price = new Intl.NumberFormat('en', { style: 'currency', currency: currency.trim() }).format(priceCents / 100);
  return html`<li>
    <a href="/products/${id}"><strong>${name}</strong></a>
    <p>${description}</p>
    <span>${price}</span>
  </li>`;
}
