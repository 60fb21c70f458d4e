import { randomUUID } from 'node:crypto';
import { createLocalJWKSet } from 'jose';
import { AccessModule, assembleService, platformFetch, TokenVerifier, WORKLOAD } from '@seaworthy/platform';
import type { ConfigSource, Service, ServiceOptions } from '@seaworthy/platform';
import type { TestIssuer } from '@seaworthy/testing/issuer';
import { PaymentsModule } from '../src/payments.module.ts';
import { PAYMENTS_OPTIONS } from '../src/payments.service-options.ts';

/** Numbers that the provider knows: apps/payment-provider/src/charges/test-cards.ts. */
export const NUMBERS = {
  good: '4242424242424242',
  declined: '4000000000000002',
  failing: '4000000000000119',
  slow: '4000000000000259',
  cut: '4000000000000341',
};
export const EXPIRY = '2099-12';

/** Payments as it ships, in this process and without listening, but for whose tokens count and who it is. */
export async function assemblePayments(
  source: ConfigSource,
  { issuer, root = '', token = '' }: { issuer: TestIssuer; root?: string; token?: string },
  options: Partial<ServiceOptions> = {},
): Promise<Service> {
  const verifier = new TokenVerifier({ keys: { people: createLocalJWKSet(issuer.jwks) } });
  const { module, providers = [], exports = [] } = AccessModule.using({ useFactory: () => verifier });
  const workload = { fetch: platformFetch(root), token: Object.assign(async () => token, { forget: () => undefined }) };
  const access = {
    module,
    global: true,
    providers: [...providers, { provide: WORKLOAD, useValue: workload }],
    exports: [...exports, WORKLOAD],
  };
  return assembleService(PaymentsModule.with(access), { ...PAYMENTS_OPTIONS, source, ...options });
}

/** What orders tells of an order that is to be paid. */
export function placed(
  cardToken: string | undefined,
  { orderId = randomUUID(), id = randomUUID(), owner = 'marina', totalCents = 1_000 } = {},
) {
  const data = { orderId, owner, status: 'paying', totalCents, currency: 'EUR', ...(cardToken !== undefined && { cardToken }) };
  return {
    id,
    orderId,
    subject: `orders.placed.${orderId}`,
    event: { specversion: '1.0', id, source: '/orders', type: 'order.placed', sequence: 1, data },
  };
}
