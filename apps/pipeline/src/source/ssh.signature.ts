import { createHash } from 'node:crypto';
import { isSignedBy } from './ssh.key.ts';
import { sshField, SshReader } from './ssh.wire.ts';

const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n?$/;
const MAGIC = 'SSHSIG';
const VERSION = 1;
/** what git signs in (gitformat-signature); a signature of anything else is none of a commit */
const NAMESPACE = 'git';
const HASHES = ['sha256', 'sha512'];

export function isSshSignature(text: string): boolean {
  return text.startsWith('-----BEGIN SSH SIGNATURE-----');
}

/**
 * The public key, in SSH's binary form, that has signed `payload`; undefined when the signature is not one of it (OpenSSH,
 * PROTOCOL.sshsig). Whose key it is, and whether that counts, is another question.
 */
export function signingKeyOf(signature: string, payload: Buffer): Buffer | undefined {
  const [, encoded] = ARMOUR.exec(signature) ?? [];
  if (encoded === undefined) return undefined;
  try {
    const reader = new SshReader(Buffer.from(encoded, 'base64'));
    if (reader.raw(MAGIC.length).toString('latin1') !== MAGIC || reader.uint32() !== VERSION) return undefined;
    const key = reader.bytes();
    const [namespace, reserved, hash] = [reader.text(), reader.bytes(), reader.text()];
    const signed = reader.bytes();
    if (namespace !== NAMESPACE || !HASHES.includes(hash) || !reader.isAtEnd) return undefined;
    const digest = createHash(hash).update(payload).digest();
    const data = Buffer.concat([Buffer.from(MAGIC), sshField(namespace), sshField(reserved), sshField(hash), sshField(digest)]);
    return isSignedBy(key, signed, data) ? key : undefined;
  } catch {
    return undefined;
  }
}
