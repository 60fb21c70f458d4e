import { Module } from '@nestjs/common';
import { CacheModule } from '@seaworthy/platform/cache';
import { DatabaseModule } from '@seaworthy/platform/database';
import { migrations } from './migrations/migrations.ts';
import { PageController } from './page/page.controller.ts';
import { ProductsController } from './products/products.controller.ts';
import { ProductsRepository } from './products/products.repository.ts';
import { ProductsService } from './products/products.service.ts';

/** The shop window: products, read from PostgreSQL through Valkey. It writes nothing, so its connections cannot. */
@Module({
  imports: [DatabaseModule.with({ applicationName: 'catalog', readOnly: true, migrations }), CacheModule.with()],
  controllers: [ProductsController, PageController],
  providers: [ProductsRepository, ProductsService],
})
export class CatalogModule {}
