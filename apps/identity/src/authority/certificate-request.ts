import 'reflect-metadata';
import { Pkcs10CertificateRequest, type PublicKey, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { AuthorityError } from './authority.error.ts';

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const CURVES = ['P-256', 'P-384'];
const LONGEST_REQUEST = 8_192;

export interface VerifiedRequest {
  publicKey: PublicKey;
  names: { type: 'dns' | 'ip'; value: string }[];
}

/**
 * Reads a PKCS #10 request (RFC 2986) and checks everything in it but the right to the names: whoever asks holds the private
 * key, the key is an elliptic curve's, and nothing is requested besides names.
 */
export async function verifyRequest(pem: string): Promise<VerifiedRequest> {
  const request = parse(pem);
  if (!(await verifies(request))) {
    throw new AuthorityError({ code: 'POSSESSION_UNPROVEN', message: 'expected a request signed by its own key, found another signature' });
  }
  const algorithm = request.publicKey.algorithm as { name: string; namedCurve?: string };
  if (algorithm.name !== 'ECDSA' || !CURVES.includes(algorithm.namedCurve ?? '')) {
    throw new AuthorityError({
      code: 'KEY_REFUSED',
      message: `expected an ECDSA key on ${CURVES.join(' or ')}, found ${algorithm.name} ${algorithm.namedCurve ?? ''}`,
    });
  }
  return { publicKey: request.publicKey, names: namesIn(request) };
}

function parse(pem: string): Pkcs10CertificateRequest {
  const blocks = pem.match(/-----BEGIN [A-Z ]+-----/g) ?? [];
  if (pem.length <= LONGEST_REQUEST && blocks.length === 1 && blocks[0] === '-----BEGIN CERTIFICATE REQUEST-----') {
    try {
      return new Pkcs10CertificateRequest(pem);
    } catch (cause) {
      throw malformed(cause);
    }
  }
  throw malformed();
}

async function verifies(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false; // a signature of another shape than the key's is no proof either
  }
}

function namesIn(request: Pkcs10CertificateRequest): VerifiedRequest['names'] {
  const others = request.extensions.filter(({ type }) => type !== SUBJECT_ALTERNATIVE_NAME);
  if (others.length > 0) {
    throw new AuthorityError({
      code: 'EXTENSION_REFUSED',
      message: `expected names only, found extensions ${others.map(({ type }) => type).join(', ')}`,
    });
  }
  const extension = request.getExtension(SUBJECT_ALTERNATIVE_NAME);
  const names = extension instanceof SubjectAlternativeNameExtension ? extension.names.items : [];
  if (names.length === 0) throw malformed();
  return names.map(({ type, value }) => {
    if (type === 'dns' || type === 'ip') return { type, value };
    throw new AuthorityError({ code: 'NAME_DENIED', message: `expected DNS names and addresses, found a name of type ${type}` });
  });
}

function malformed(cause?: unknown): AuthorityError {
  return new AuthorityError({
    code: 'REQUEST_MALFORMED',
    message: 'expected one PKCS #10 request in PEM with a subjectAltName, found something else',
    cause,
  });
}
