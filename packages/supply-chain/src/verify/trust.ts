import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import type { Signer } from '@seaworthy/contracts';
import { SIGNERS } from '@seaworthy/contracts';
import { z } from 'zod';

import { readPublicKey } from '../attest/signing-key.ts';

/** Who may sign: each signer's public keys, PEM. More than one while a key is being replaced; a key that is taken out is revoked. */
export type Trust = { signers: Partial<Record<Signer, string | string[]>> };

const PEM = z.string().startsWith('-----BEGIN PUBLIC KEY-----', 'must be a public key in PEM');
const TRUST = z.object({ signers: z.partialRecord(z.enum(SIGNERS), z.union([PEM, z.array(PEM)])) });

/** @throws Error naming the field that is wrong. */
export function parseTrust(value: unknown): Trust {
  const parsed = TRUST.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`trust.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`, { cause: parsed.error });
  }
  const signers: Trust['signers'] = {};
  for (const signer of SIGNERS) {
    const keys = parsed.data.signers[signer];
    if (keys !== undefined) signers[signer] = keys;
  }
  return { signers };
}

export async function loadTrust(file: string): Promise<Trust> {
  return parseTrust(JSON.parse(await readFile(file, 'utf8')));
}

/** The keys of some signers, with the name of whom each belongs to. */
export function trustedKeys({ signers }: Trust, allowed: readonly Signer[]): { signer: Signer; key: KeyObject }[] {
  return allowed.flatMap((signer) => [signers[signer] ?? []].flat().map((pem) => ({ signer, key: readPublicKey(pem) })));
}
