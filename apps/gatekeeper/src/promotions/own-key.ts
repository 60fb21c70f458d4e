import { createPublicKey } from 'node:crypto';
import { ConfigError } from '@seaworthy/platform';
import { keyHint, loadTrust } from '@seaworthy/supply-chain';
import type { GatekeeperConfig } from '../gatekeeper.config.ts';

/**
 * A verdict that nobody trusts is found out when it is too late: at the deploy. So the key is compared with what the others trust before
 * anything is asked.
 * @throws ConfigError
 */
export async function requireTrustedKey({ signingKey, trustFile }: Pick<GatekeeperConfig, 'signingKey' | 'trustFile'>): Promise<void> {
  const trust = await loadTrust(trustFile).catch((cause: unknown) => {
    throw new ConfigError([
      `TRUST_FILE: expected the signers' public keys in ${trustFile}, found ${cause instanceof Error ? cause.message : 'none'}`,
    ]);
  });
  const mine = keyHint(createPublicKey(signingKey));
  const trusted = [trust.signers.gatekeeper ?? []].flat().map((pem) => keyHint(createPublicKey(pem)));
  if (!trusted.includes(mine)) {
    throw new ConfigError([
      `secret file signing.key: expected the key whose public half ${trustFile} names for the gatekeeper, found another; provision both from one set of keys`,
    ]);
  }
}
