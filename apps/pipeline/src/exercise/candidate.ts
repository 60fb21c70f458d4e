import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { createUser } from '@nats-io/nkeys';
import { INTERNAL_DOMAIN, SIGNERS } from '@seaworthy/contracts';
import { serviceCardSchema } from '@seaworthy/policy';
import type { ServiceCard } from '@seaworthy/policy';
import { parseCompose } from '@seaworthy/policy/runtime';
import { generateSigningKeys } from '@seaworthy/supply-chain';
import { parse, parseDocument } from 'yaml';
import { readUntrustedTar, writeTar } from '../jobs/tar.rules.ts';
import type { TarEntry } from '../jobs/tar.rules.ts';
import type { BuiltImage } from '../publish/built.image.ts';
import type { Source } from '../source/source.archive.ts';
import { throwAwayCertificate } from './throw-away.authority.ts';

/** What a commit says of a service. */
export interface DeclaredService {
  readonly card: ServiceCard;
  /** what compose.yaml of the commit gives it */
  readonly environment: Readonly<Record<string, string>>;
}

/** A service that was built and is not released yet, as it is started to be exercised. */
export interface Candidate extends DeclaredService {
  readonly image: BuiltImage;
}

const CARD = (name: string): string => `apps/${name}/service.yaml`;
/** as the examine job accepts it: files of the service's own layer */
const LAYER_LIMITS = { entries: 2000, bytes: 64 * 1024 ** 2 };

export function candidateOf(source: Source, image: BuiltImage): Candidate {
  return { ...declaredService(source, image.name), image };
}

export function declaredService(source: Source, service: string): DeclaredService {
  const card = serviceCardSchema.parse(parse(source.text(CARD(service)), { maxAliasCount: 0 }));
  const compose = parseCompose('compose.yaml', parseDocument(source.text('compose.yaml'), { merge: true }).toJS({ maxAliasCount: 10_000 }));
  const declared = compose[service]?.environment ?? {};
  const entries = Array.isArray(declared)
    ? declared.map((line: string) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)])
    : Object.entries(declared);
  return { card, environment: Object.fromEntries(entries.map(([name, value]) => [String(name), String(value)])) };
}

/** The name that its certificate is for. */
export function hostOf({ name }: ServiceCard): string {
  return `${name}.${INTERNAL_DOMAIN}`;
}

/** The files of the service's own layer, below /app of its image, as a volume holds them. */
export async function layerFiles({ layer }: BuiltImage): Promise<Readable> {
  const files: TarEntry[] = [];
  const tar = Readable.from([layer.bytes]).pipe(createGunzip());
  for await (const entry of readUntrustedTar(tar, LAYER_LIMITS)) files.push(entry);
  return writeTar(({ file }) => {
    for (const { path, content } of files) file(path.replace(/^app\//, ''), content);
  });
}

/** What the operator would give it, made up for one exercise: certificate, passwords, keys. Its signing key is one that its trust names. */
export async function throwAwayFiles({
  card,
}: DeclaredService): Promise<{ secrets: Record<string, string>; trust: Record<string, string> }> {
  const { root, certificate, key } = await throwAwayCertificate(hostOf(card));
  const signing = generateSigningKeys();
  const made = (name: string): string => {
    if (name === 'signing.key') return signing.privateKey;
    if (name === 'messaging-key') return new TextDecoder().decode(createUser().getSeed());
    return randomBytes(32).toString('base64url');
  };
  const secrets = Object.fromEntries(['client-secret', ...card.secrets].map((name) => [name, made(name)]));
  const signers = Object.fromEntries(SIGNERS.map((name) => [name, signing.publicKey]));
  return {
    secrets: { ...secrets, 'tls.pem': certificate, 'tls.key': key },
    trust: { 'root.pem': root, 'trust.json': JSON.stringify({ signers }) },
  };
}
