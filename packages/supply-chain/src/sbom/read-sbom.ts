import type { BillOfMaterials } from '../attest/predicates.ts';
import type { NpmPackage, OsPackage } from './packages.ts';

/** The packages that a bill of materials names by purl; how a service's bill takes over what its base image's says. */
export function packagesOfSbom({ components = [] }: BillOfMaterials): { os: OsPackage[]; npm: NpmPackage[] } {
  const os: OsPackage[] = [];
  const npm: NpmPackage[] = [];
  for (const { purl } of components) {
    if (!purl?.startsWith('pkg:')) continue;
    const { protocol, pathname, searchParams } = new URL(purl);
    const at = pathname.lastIndexOf('@');
    if (protocol !== 'pkg:' || at < 0) continue;
    const [type = '', ...path] = pathname.slice(0, at).split('/').map(decodeURIComponent);
    const version = decodeURIComponent(pathname.slice(at + 1));
    const name = path.at(-1) ?? '';
    if (type === 'deb') os.push({ name, version, arch: searchParams.get('arch') ?? '', source: searchParams.get('upstream') ?? name });
    if (type === 'npm')
      npm.push({ name: path.join('/'), version, ...integrityOf(components.find((component) => component.purl === purl)) });
  }
  return { os, npm };
}

function integrityOf(component: unknown): { integrity?: string } {
  const hashes = typeof component === 'object' && component !== null && 'hashes' in component ? component.hashes : undefined;
  const sha512: unknown = Array.isArray(hashes) ? hashes.find((hash: { alg?: unknown }) => hash.alg === 'SHA-512') : undefined;
  const content = typeof sha512 === 'object' && sha512 !== null && 'content' in sha512 ? sha512.content : undefined;
  return typeof content === 'string' ? { integrity: `sha512-${Buffer.from(content, 'hex').toString('base64')}` } : {};
}
