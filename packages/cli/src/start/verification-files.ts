import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ENDPOINTS } from '@seaworthy/contracts';
import type { Signer } from '@seaworthy/contracts';
import { containersPolicy } from '@seaworthy/supply-chain';
import { checkoutDir } from '../instance.ts';
import type { Instance } from '../instance.ts';

/** Nobody vouches for anybody but the key that is given: no log of signatures and no certificate authority is asked. */
const TRUSTED_ROOT = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' };

/**
 * What others' tools need to verify a release, by path below the folder `trust`: skopeo's and podman's policy, cosign's public keys.
 * All of it is public.
 *
 * @param names of what can be released; this machine's name for the registry is not the one that is signed
 */
export function verificationFiles(
  { ports }: Pick<Instance, 'ports'>,
  signers: Readonly<Record<Signer, string>>,
  names: readonly string[],
): Record<string, string> {
  const { host, port } = ENDPOINTS.registry;
  const scope = `${host}:${port}/release`;
  const { policyJson, registriesYaml } = containersPolicy({
    scope,
    aliases: Object.fromEntries(names.map((name) => [`localhost:${ports.registry}/release/${name}`, `${scope}/${name}`])),
    publicKey: signers.gatekeeper,
  });
  return {
    'policy.json': policyJson,
    'registries.d/seaworthy.yaml': registriesYaml,
    'trusted-root.json': JSON.stringify(TRUSTED_ROOT),
    ...Object.fromEntries(Object.entries(signers).map(([signer, publicKey]) => [`${signer}.pub`, publicKey])),
  };
}

/** Names of the services and hardened images of the commit that was started last. */
export function releasable(instance: Instance): string[] {
  const declared = globSync(['apps/*/service.yaml', 'infra/images/*/image.yaml'], { cwd: checkoutDir(instance) });
  return declared.map((file) => basename(dirname(file))).toSorted((one, other) => one.localeCompare(other));
}
