import { AccessModule, createService, runTask } from '@seaworthy/platform';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { migrations } from './migrations/migrations.ts';
import { PaymentsModule } from './payments.module.ts';
import { PAYMENTS_OPTIONS } from './payments.service-options.ts';

if (process.argv[2] === 'migrate') {
  await runTask('payments-migrate', DatabaseConfig, async (config, logger) => migrate(config, migrations, logger));
} else {
  const payments = await createService(PaymentsModule.with(AccessModule.accepting('payments', ['people'])), PAYMENTS_OPTIONS);
  await payments.listen();
}
