import type { Digest } from '@seaworthy/oci';
import { hexOf } from '@seaworthy/oci';

import { debianPurl, npmPurl } from './package-url.ts';
import type { NpmPackage, OsPackage } from './packages.ts';

export interface SbomSource {
  /** name without realm: `catalog` */
  image: string;
  digest: Digest;
  os: readonly OsPackage[];
  npm: readonly NpmPackage[];
}

export interface SbomComponent {
  type: 'library' | 'container';
  'bom-ref': string;
  name: string;
  group?: string;
  version: string;
  purl: string;
  hashes?: { alg: 'SHA-512' | 'SHA-256'; content: string }[];
  licenses?: { expression: string }[] | { license: { name: string } }[];
}

/** CycloneDX 1.6 in JSON (ECMA-424). */
export interface Sbom {
  bomFormat: 'CycloneDX';
  specVersion: '1.6';
  serialNumber: string;
  version: 1;
  metadata: { component: SbomComponent };
  components: SbomComponent[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** What is in an image. A function of its arguments alone: no clock, and a serial number that follows from the digest. */
export function createSbom({ image, digest, os, npm }: SbomSource): Sbom {
  const components = unique([...os.map(debianComponent), ...npm.map(npmComponent)]);
  const container = containerComponent(image, digest);
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(digest)}`,
    version: 1,
    metadata: { component: container },
    components,
    dependencies: [
      { ref: container['bom-ref'], dependsOn: components.map((component) => component['bom-ref']) },
      ...components.map((component) => ({ ref: component['bom-ref'], dependsOn: [] })),
    ],
  };
}

function debianComponent(found: OsPackage): SbomComponent {
  const purl = debianPurl(found);
  return { type: 'library', 'bom-ref': purl, name: found.name, version: found.version, purl };
}

function npmComponent(found: NpmPackage): SbomComponent {
  const purl = npmPurl(found);
  const [scopeOrName = '', nameInScope] = found.name.split('/');
  return {
    type: 'library',
    'bom-ref': purl,
    ...(nameInScope ? { group: scopeOrName } : {}),
    name: nameInScope ?? scopeOrName,
    version: found.version,
    purl,
    ...(found.integrity?.startsWith('sha512-')
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(found.integrity.slice(7), 'base64').toString('hex') }] }
      : {}),
    ...(found.license ? { licenses: licensesOf(found.license) } : {}),
  };
}

function containerComponent(image: string, digest: Digest): SbomComponent {
  const purl = `pkg:oci/${encodeURIComponent(image)}@${encodeURIComponent(digest)}`;
  return { type: 'container', 'bom-ref': purl, name: image, version: digest, purl, hashes: [{ alg: 'SHA-256', content: hexOf(digest) }] };
}

/** npm also allows words that are no SPDX expression: `SEE LICENSE IN …`, `UNLICENSED`. */
function licensesOf(license: string): SbomComponent['licenses'] {
  return /^(?:SEE LICENSE|UNLICENSED)/.test(license) ? [{ license: { name: license } }] : [{ expression: license }];
}

/** The digest's first 128 bits as a UUID of version 8 (RFC 9562, section 5.8). */
function uuidOf(digest: Digest): string {
  const hex = hexOf(digest).slice(0, 32);
  const variant = ((Number.parseInt(hex.charAt(16), 16) % 4) + 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function unique(components: SbomComponent[]): SbomComponent[] {
  const byRef = new Map(components.map((component) => [component['bom-ref'], component]));
  return [...byRef.values()].toSorted((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
}
