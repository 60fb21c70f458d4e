export interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly inBundle?: boolean;
  readonly link?: boolean;
}

export function withTarballs<Lock extends { readonly packages: Readonly<Record<string, LockedPackage>> }>(
  lock: Lock,
  registryOf: (name: string) => string | undefined,
): Lock;
