import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheConfig } from '@seaworthy/platform/cache';
import { readConfig, type ConfigGroup } from '@seaworthy/platform/config';
import { DatabaseConfig } from '@seaworthy/platform/database';
import { loadServiceCards } from '@seaworthy/supply-chain/build';
import { madeUpSecrets } from '../../src/debug/made-up-secrets.ts';
import { declaredVariables } from '../../src/develop/declared-variables.ts';
import { whyPlatformOnly } from '../../src/develop/services.ts';
import { throwAwayAuthority } from '../../src/develop/throw-away-authority.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

/** What each service whose copy is offered reads at its start. */
const CONFIG: Readonly<Record<string, () => Promise<readonly ConfigGroup[]>>> = {
  catalog: async () => [DatabaseConfig, CacheConfig],
  identity: async () => [(await of('identity/src/identity.config.ts'))['IdentityConfig'] as ConfigGroup],
  orders: async () => configOf((await of('orders/src/orders.service-options.ts'))['ORDERS_OPTIONS']),
  'payment-provider': async () => configOf((await of('payment-provider/src/provider.service-options.ts'))['PROVIDER_OPTIONS']),
  payments: async () => configOf((await of('payments/src/payments.service-options.ts'))['PAYMENTS_OPTIONS']),
};

// oxlint-disable-next-line no-unsanitized/method -- files of this repository, which no package has among its exports
const of = async (file: string): Promise<Record<string, unknown>> => import(join(REPOSITORY, 'apps', file));

function configOf(options: unknown): readonly ConfigGroup[] {
  return (options as { config: readonly ConfigGroup[] }).config;
}

describe('made-up secrets', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'seaworthy-secrets-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('are there for each service whose copy is offered', async () => {
    const offered = (await loadServiceCards(REPOSITORY)).filter((card) => whyPlatformOnly(card) === undefined);
    expect(offered.map(({ name }) => name).toSorted()).toEqual(Object.keys(CONFIG));
  });

  it.each(Object.entries(CONFIG))('are enough for %s to start', async (name, config) => {
    const card = (await loadServiceCards(REPOSITORY)).find((one) => one.name === name)!;
    const files = await madeUpSecrets(card, join(dir, name), await throwAwayAuthority());
    const environment = (await declaredVariables(REPOSITORY))[name] ?? {};
    const groups = await config();
    expect(() => readConfig(groups, { environment, secret: (file) => files[file] })).not.toThrow();
  });
});
