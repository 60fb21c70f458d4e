import type { NpmPackage, OsPackage } from './packages.ts';

/** purl of a Debian package (package-url, types/deb); fixes are looked up by `upstream`. */
export function debianPurl({ name, version, arch, source }: OsPackage): string {
  const upstream = source === name ? '' : `&upstream=${encodeURIComponent(source)}`;
  return `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}&distro=trixie${upstream}`;
}

/** purl of an npm package (package-url, types/npm). */
export function npmPurl({ name, version }: NpmPackage): string {
  const path = name.split('/').map(encodeURIComponent).join('/');
  return `pkg:npm/${path}@${encodeURIComponent(version)}`;
}
