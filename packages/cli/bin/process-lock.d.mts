export interface LockHolder {
  readonly pid: number;
  readonly purpose: string;
}
export function takeLock(path: string, purpose: string): { release: () => void; holder?: never } | { holder: LockHolder; release?: never };
export function readHolder(path: string): LockHolder | undefined;
export function processStart(pid: number): string | undefined;
