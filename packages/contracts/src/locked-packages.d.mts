import type { LockedPackage } from './locked-tarballs.mjs';

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage & { readonly optional?: boolean }>>;
}

export function differingPackages(lock: Lock, installed: Lock): string[];
