import { Controller, Get, Header, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Anonymous, ApiExcludeEndpoint, ConditionalInterceptor, PAGE_HEADERS } from '@seaworthy/platform';
import { ProductQuery } from '../products/product.schema.ts';
import { ProductsService } from '../products/products.service.ts';
import { renderPage } from './page.ts';
import { STYLE } from './style.ts';

/** The shop window for people: plain HTML made here, without script. */
@Anonymous() // a shop window: anybody may look
@Controller()
@UseInterceptors(ConditionalInterceptor)
export class PageController {
  readonly #products: ProductsService;

  constructor(products: ProductsService) {
    this.#products = products;
  }

  @Get()
  @ApiExcludeEndpoint()
  @Header('cache-control', 'public, max-age=15')
  async page(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { items } = await this.#products.list(ProductQuery.parse({ limit: 100 }));
    void reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8');
    return renderPage(items);
  }

  @Get('style.css')
  @ApiExcludeEndpoint()
  @Header('cache-control', 'public, max-age=3600')
  @Header('content-type', 'text/css; charset=utf-8')
  style(): string {
    return STYLE;
  }
}
