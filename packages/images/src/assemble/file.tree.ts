import { ImageError } from '../errors.ts';

/** What a layer holds at one path. Owners are numbers; there are no times. */
export type TreeNode = { mode: number; uid: number; gid: number } & (
  | { type: 'file'; data: Buffer }
  | { type: 'directory' }
  | { type: 'symlink'; target: string }
);

const MERGED = new Set(['bin', 'sbin', 'lib', 'lib64']);

/** The files of one layer by path (relative, no leading slash). */
export class FileTree {
  readonly #nodes = new Map<string, TreeNode>();

  /** Puts a node; a folder over a folder changes nothing, two packages with one file are refused unless `replace`. */
  put(path: string, node: TreeNode, options: { replace?: boolean } = {}): void {
    const place = merged(path, node);
    if (place === '') return;
    if (place.split('/').includes('..'))
      throw new ImageError({
        code: 'PACKAGE_MALFORMED',
        message: `expected paths inside the image, found /${place}; no honest package has it`,
      });
    const there = this.#nodes.get(place);
    if (there && !options.replace) {
      if (there.type === 'directory' && node.type === 'directory') return;
      throw new ImageError({
        code: 'PACKAGE_MALFORMED',
        message: `expected one owner of /${place}, found two packages that hold it; exclude or drop one in image.yaml`,
      });
    }
    this.#nodes.set(place, node);
  }

  get(path: string): TreeNode | undefined {
    return this.#nodes.get(path);
  }

  delete(path: string): void {
    this.#nodes.delete(path);
  }

  /** Sorted by path, every folder before what it holds, with folders that nobody named filled in. */
  entries(): [string, TreeNode][] {
    const paths = [...this.#nodes.keys()];
    for (const path of paths) {
      for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
        const folder = path.slice(0, slash);
        if (!this.#nodes.has(folder)) this.#nodes.set(folder, { type: 'directory', mode: 0o755, uid: 0, gid: 0 });
      }
    }
    return [...this.#nodes].toSorted(([one], [other]) => (one < other ? -1 : 1));
  }
}

/** Debian's merged /usr: /bin, /sbin, /lib and /lib64 are links that base-files brings; what packages put there goes to /usr. */
function merged(path: string, node: TreeNode): string {
  const [first = ''] = path.split('/', 1);
  if (!MERGED.has(first)) return path;
  return path === first && node.type === 'symlink' ? path : `usr/${path}`;
}
