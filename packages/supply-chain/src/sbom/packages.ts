/** A Debian package that is in an image, as its lock or its `status.d` says. */
export interface OsPackage {
  name: string;
  version: string;
  arch: string;
  /** source package, by whose name and version fixes are announced */
  source: string;
}

/** An npm package of which something is in an image. */
export interface NpmPackage {
  name: string;
  version: string;
  /** Subresource Integrity of its tarball */
  integrity?: string;
  /** SPDX expression */
  license?: string;
}
