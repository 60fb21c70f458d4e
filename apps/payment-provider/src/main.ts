import { AccessModule, createService } from '@seaworthy/platform';
import { ProviderModule } from './provider.module.ts';
import { PROVIDER_OPTIONS } from './provider.service-options.ts';

const provider = await createService(ProviderModule.with(AccessModule.accepting('payment-provider', ['workloads'])), PROVIDER_OPTIONS);
await provider.listen();
