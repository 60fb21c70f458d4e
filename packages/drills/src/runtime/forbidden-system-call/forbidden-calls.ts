import { constants } from 'node:os';
import { OWN_MEMORY } from './system-call-program.ts';
import type { SystemCall } from './system-call-program.ts';

const CLONE_NEWUSER = 0x10000000;
const SIGCHLD = 17;
const [AF_PACKET, AF_ALG, AF_VSOCK] = [17, 38, 40];
const [SOCK_STREAM, SOCK_RAW, SOCK_SEQPACKET] = [1, 3, 5];
const BPF_PROG_LOAD = 5;
const { EPERM, ENOSYS } = constants.errno;

/** A call, and what the filter answers: EPERM unless said otherwise. */
interface ForbiddenCall extends SystemCall {
  readonly refusedWith?: number;
  /** A kernel may refuse it without the filter, too: to who lacks a capability, or by a setting of the host. */
  readonly refusedElsewhere?: true;
}

/** What an intruder asks a kernel for: doors out of the container, or code that had many holes. No Node.js service needs any. */
export const FORBIDDEN: readonly ForbiddenCall[] = [
  { name: 'unshare', number: { amd64: 272, arm64: 97 }, args: [CLONE_NEWUSER], refusedElsewhere: true },
  { name: 'mount', number: { amd64: 165, arm64: 40 }, args: [OWN_MEMORY, OWN_MEMORY, OWN_MEMORY, 0, 0] },
  { name: 'ptrace', number: { amd64: 101, arm64: 117 }, args: [0], refusedElsewhere: true },
  { name: 'keyctl', number: { amd64: 250, arm64: 219 }, args: [0, -3, 1] },
  { name: 'bpf', number: { amd64: 321, arm64: 280 }, args: [BPF_PROG_LOAD, OWN_MEMORY, 0], refusedElsewhere: true },
  { name: 'userfaultfd', number: { amd64: 323, arm64: 282 }, args: [1], refusedElsewhere: true },
  { name: 'io_uring_setup', number: { amd64: 425, arm64: 425 }, args: [1, OWN_MEMORY], refusedElsewhere: true },
  { name: 'process_vm_readv', number: { amd64: 310, arm64: 270 }, args: [1, OWN_MEMORY, 0, OWN_MEMORY, 0, 0] },
  { name: 'personality', number: { amd64: 135, arm64: 92 }, args: [0xffffffff] },
  { name: 'socket AF_PACKET', number: { amd64: 41, arm64: 198 }, args: [AF_PACKET, SOCK_RAW, 0], refusedElsewhere: true },
  { name: 'socket AF_ALG', number: { amd64: 41, arm64: 198 }, args: [AF_ALG, SOCK_SEQPACKET, 0] },
  { name: 'socket AF_VSOCK', number: { amd64: 41, arm64: 198 }, args: [AF_VSOCK, SOCK_STREAM, 0] },
  { name: 'clone (a new process)', number: { amd64: 56, arm64: 220 }, args: [SIGCHLD] },
  // as if the kernel did not know it: the C library falls back to clone. Of no size: where it is let through it makes no process, and says EINVAL
  { name: 'clone3', number: { amd64: 435, arm64: 435 }, args: [OWN_MEMORY, 0], refusedWith: ENOSYS },
];

/** Names of calls that passed the filter: what they ended with is the kernel's own answer, 0 or another error than the filter's. */
export function letThrough(errors: readonly number[]): string[] {
  return FORBIDDEN.filter(({ refusedWith = EPERM }, at) => errors[at] !== refusedWith).map(({ name }) => name);
}

/** Names of calls that nothing but the filter refuses, and that were refused. */
export function withheld(through: readonly string[]): string[] {
  return FORBIDDEN.filter(({ name, refusedElsewhere }) => refusedElsewhere !== true && !through.includes(name)).map(({ name }) => name);
}

/** Proves that the program itself works: allowed everywhere. */
export const HARMLESS: SystemCall = { name: 'getpid', number: { amd64: 39, arm64: 172 }, args: [] };
