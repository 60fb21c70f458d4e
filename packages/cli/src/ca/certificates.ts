import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { nameConstraints } from './name-constraints.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const ROOT_NAME = 'CN=Seaworthy platform root,O=Seaworthy';
const INTERMEDIATE_NAME = 'CN=Seaworthy platform intermediate,O=Seaworthy';
const DAY_MS = 86_400_000;
/** Clocks of containers and clients may be a little behind ours. */
const BACKDATE_MS = 5 * 60_000;

export const ROOT_DAYS = 5 * 365;
export const INTERMEDIATE_DAYS = 90;
/** Nobody renews those that are thrown away: as long as the intermediate beside them, which no session outlives. */
const LEAF_DAYS = INTERMEDIATE_DAYS;

/** A certificate and the PKCS #8 key that belongs to it, PEM both. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

/** The root: signs intermediates, at most one level of them, for the platform's own names alone. */
export async function issueRoot(now = Date.now()): Promise<KeyAndCertificate> {
  const key = newKey();
  const cert = await sign({ subject: ROOT_NAME, subjectKey: key, issuer: ROOT_NAME, issuerKey: key, pathLength: 1, days: ROOT_DAYS, now });
  return { key, cert };
}

/** The intermediate: signs leaves, and no further authority. */
export async function issueIntermediate(rootKey: string, now = Date.now()): Promise<KeyAndCertificate> {
  const key = newKey();
  const cert = await sign({
    subject: INTERMEDIATE_NAME,
    subjectKey: key,
    issuer: ROOT_NAME,
    issuerKey: rootKey,
    pathLength: 0,
    days: INTERMEDIATE_DAYS,
    now,
  });
  return { key, cert };
}

/** A server's certificate right under a root that lives no longer than it: for what is thrown away. Names: DNS names and IPv4 addresses. */
export async function issueLeaf(rootKey: string, names: readonly [string, ...string[]], now = Date.now()): Promise<KeyAndCertificate> {
  const key = newKey();
  const cert = await sign({
    subject: `CN=${names[0]},O=Seaworthy`,
    subjectKey: key,
    issuer: ROOT_NAME,
    issuerKey: rootKey,
    days: LEAF_DAYS,
    now,
    names,
  });
  return { key, cert };
}

function newKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

interface Order {
  subject: string;
  subjectKey: string;
  issuer: string;
  issuerKey: string;
  days: number;
  now: number;
  /** of an authority */
  pathLength?: number;
  /** of a server */
  names?: readonly string[];
}

async function sign({ subject, subjectKey, issuer, issuerKey, days, now, ...role }: Order): Promise<string> {
  const publicKey = await importPublic(subjectKey);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject,
    issuer,
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: await importPrivate(issuerKey),
    extensions: [
      ...roleExtensions(role),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(await importPublic(issuerKey)),
    ],
  });
  return `${certificate.toString('pem').trimEnd()}\n`;
}

function roleExtensions({ pathLength, names }: Pick<Order, 'pathLength' | 'names'>): Extension[] {
  if (names === undefined) {
    const usage = new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true);
    return [new BasicConstraintsExtension(true, pathLength, true), usage, nameConstraints()];
  }
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIPv4(value) ? 'ip' : 'dns', value }))),
  ];
}

function importPrivate(pem: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
}

function importPublic(privatePem: string): Promise<webcrypto.CryptoKey> {
  const spki = createPublicKey(privatePem).export({ type: 'spki', format: 'der' });
  return webcrypto.subtle.importKey('spki', spki, ALGORITHM, true, ['verify']);
}
