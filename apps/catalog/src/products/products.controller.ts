import { Controller, Get, Header, Param, Query, UseInterceptors } from '@nestjs/common';
import { Anonymous, ApiOkResponse, ApiOperation, ApiTags, ConditionalInterceptor, openApiSchema } from '@seaworthy/platform';
import { Product, ProductAddress, ProductPage, ProductQuery } from './product.schema.ts';
import { ProductsService } from './products.service.ts';

@Anonymous() // a shop window: anybody may look
@ApiTags('products')
@Controller('products')
@UseInterceptors(ConditionalInterceptor)
export class ProductsController {
  readonly #products: ProductsService;

  constructor(products: ProductsService) {
    this.#products = products;
  }

  @Get()
  @Header('cache-control', 'public, max-age=15')
  @ApiOperation({ summary: 'Products by name, a page at a time' })
  @ApiOkResponse({ description: 'one page', schema: openApiSchema(ProductPage) })
  async list(@Query({ schema: ProductQuery }) query: ProductQuery): Promise<ProductPage> {
    return this.#products.list(query);
  }

  @Get(':id')
  @Header('cache-control', 'public, max-age=15')
  @ApiOperation({ summary: 'One product' })
  @ApiOkResponse({ description: 'the product', schema: openApiSchema(Product) })
  async find(@Param({ schema: ProductAddress }) { id }: ProductAddress): Promise<Product> {
    return this.#products.find(id);
  }
}
