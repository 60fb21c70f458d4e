import { createService, runTask } from '@seaworthy/platform';
import { CacheConfig } from '@seaworthy/platform/cache';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { CatalogModule } from './catalog.module.ts';
import { migrations } from './migrations/migrations.ts';

if (process.argv[2] === 'migrate') {
  await runTask('catalog-migrate', DatabaseConfig, async (config, logger) => migrate(config, migrations, logger));
} else {
  const catalog = await createService(CatalogModule, {
    name: 'catalog',
    config: [DatabaseConfig, CacheConfig],
    openApi: { title: 'Catalog', description: 'Products of a ship chandler, to read.' },
  });
  await catalog.listen();
}
