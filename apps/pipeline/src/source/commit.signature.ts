import type { AllowedSigners } from './allowed.signers.ts';
import type { CommitObject } from './commit.object.ts';
import { SourceError } from './source.error.ts';
import { isSshSignature, signingKeyOf } from './ssh.signature.ts';

/** What is recorded of a commit's signature; `unknown`: there is one, and nobody has said yet whose count. */
export type SignatureFact = { readonly status: 'absent' | 'unknown' } | { readonly status: 'verified'; readonly signer: string };

/**
 * Verifies a commit's signature where there is one.
 * @throws SourceError SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_UNTRUSTED
 */
export function verifySignature(
  { id, signature, payload, committer }: CommitObject,
  { signers, required }: { signers: AllowedSigners; required: boolean },
): SignatureFact {
  const which = `commit ${id.slice(0, 12)}`;
  if (signature === undefined) {
    if (!required) return { status: 'absent' };
    const message = `expected ${which} to be signed (infra/policies/source.yaml), found no signature; git config gpg.format ssh, then git commit --amend -S`;
    throw new SourceError({ code: 'SIGNATURE_MISSING', message });
  }
  const key = isSshSignature(signature) ? signingKeyOf(signature, payload) : undefined;
  if (isSshSignature(signature) && key === undefined) {
    const message = `expected the signature of ${which} to be one of what it holds, found another; it was altered after it was signed: git commit --amend -S`;
    throw new SourceError({ code: 'SIGNATURE_INVALID', message });
  }
  const signer = key && signers.nameOf(key, committer.at);
  if (signer !== undefined) return { status: 'verified', signer };
  if (signers.isEmpty && !required) return { status: 'unknown' };
  const found = key === undefined ? 'one that is not SSH’s' : 'one of a key that is not there, or not for that time';
  const message = `expected ${which} to be signed by somebody in infra/policies/allowed-signers, found ${found}; sign with a key that it names, or have yours added there first`;
  throw new SourceError({ code: 'SIGNATURE_UNTRUSTED', message });
}
