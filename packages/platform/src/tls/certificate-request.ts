import { generateKeyPair, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { promisify } from 'node:util';
import { der, objectIdentifier, pem } from './der.ts';

const generate = promisify(generateKeyPair);

const VERSION = der('integer', Buffer.from([0]));
/** the names say who it is */
const NO_SUBJECT = der('sequence');
const EXTENSION_REQUEST = objectIdentifier('1.2.840.113549.1.9.14');
const SUBJECT_ALTERNATIVE_NAME = objectIdentifier('2.5.29.17');
const ECDSA_WITH_SHA256 = der('sequence', objectIdentifier('1.2.840.10045.4.3.2'));
const ATTRIBUTES = 0xa0;
/** GeneralName, RFC 5280 section 4.2.1.6 */
const [DNS_NAME, IP_ADDRESS] = [0x82, 0x87];
const NO_UNUSED_BITS = Buffer.from([0]);

export interface CertificateRequest {
  /** PKCS #10 request (RFC 2986), PEM. */
  csr: string;
  /** PKCS #8 private key, PEM. It exists in this process alone. */
  key: string;
}

/**
 * A new P-256 key pair and a request that proves its possession, for exactly these DNS names and IPv4 addresses.
 * By hand, because a service needs no more of X.509 than this one structure, and a library for the rest was a tenth of its start.
 */
export async function createCertificateRequest(names: readonly string[]): Promise<CertificateRequest> {
  const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' });
  const extension = der('sequence', SUBJECT_ALTERNATIVE_NAME, der('octetString', der('sequence', ...names.map(generalName))));
  const extensions = der('sequence', EXTENSION_REQUEST, der('set', der('sequence', extension)));
  const info = der('sequence', VERSION, NO_SUBJECT, publicKey.export({ type: 'spki', format: 'der' }), der(ATTRIBUTES, extensions));
  const signature = der('bitString', NO_UNUSED_BITS, sign('sha256', info, privateKey));
  return {
    csr: pem('CERTIFICATE REQUEST', der('sequence', info, ECDSA_WITH_SHA256, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

function generalName(name: string): Buffer {
  if (isIPv4(name)) return der(IP_ADDRESS, Buffer.from(name.split('.').map(Number)));
  // an IA5String: other characters would be cut to their lower bytes, and could become another name
  if (!/^[\x21-\x7e]+$/.test(name)) throw new TypeError(`expected the name of a host in ASCII, found ${JSON.stringify(name)}`);
  return der(DNS_NAME, Buffer.from(name, 'latin1'));
}
