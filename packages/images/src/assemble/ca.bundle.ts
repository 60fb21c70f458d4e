import { ImageError } from '../errors.ts';
import type { FileTree } from './file.tree.ts';

const AUTHORITIES = 'usr/share/ca-certificates/mozilla/';
const BUNDLE = 'etc/ssl/certs/ca-certificates.crt';

/** What update-ca-certificates(8) would do on a machine, without running it: one file, in the order of names. */
export function writeCaBundle(tree: FileTree): void {
  const authorities = tree.entries().filter(([path, node]) => path.startsWith(AUTHORITIES) && node.type === 'file');
  if (authorities.length === 0)
    throw new ImageError({
      code: 'DECLARATION_INVALID',
      message: "caBundle: expected the package ca-certificates among the image's packages, found none of its files",
    });
  const data = Buffer.concat(authorities.map(([, node]) => (node.type === 'file' ? node.data : Buffer.alloc(0))));
  tree.put(BUNDLE, { type: 'file', data, mode: 0o644, uid: 0, gid: 0 }, { replace: true });
  for (const [path] of tree.entries()) if (`${path}/`.startsWith('usr/share/ca-certificates/')) tree.delete(path);
}
