import { AccessModule, createService, runTask } from '@seaworthy/platform';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { migrations } from './migrations/migrations.ts';
import { OrdersModule } from './orders.module.ts';
import { ORDERS_OPTIONS } from './orders.service-options.ts';

if (process.argv[2] === 'migrate') {
  await runTask('orders-migrate', DatabaseConfig, async (config, logger) => migrate(config, migrations, logger));
} else {
  const orders = await createService(OrdersModule.with(AccessModule.accepting('orders', ['people'])), ORDERS_OPTIONS);
  await orders.listen();
}
