import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const FOLDER = resolve(import.meta.dirname, '../../../../infra/seccomp');
const ENOSYS = 38;
const CLONE_THREAD = 0x10000;
const CLONE_NEW = 0x7e020000;

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly archMap: readonly { architecture: string; subArchitectures: readonly string[] }[];
  readonly syscalls: readonly {
    readonly comment?: string;
    readonly names: readonly string[];
    readonly action: string;
    readonly errnoRet?: number;
    readonly args?: readonly { index: number; value: number; valueTwo?: number; op: string }[];
  }[];
}

/** Ways out of a container, and parts of the kernel that had many holes. */
const NEVER = `unshare setns mount umount2 pivot_root chroot open_by_handle_at name_to_handle_at move_mount open_tree fsopen fsmount
  ptrace process_vm_readv process_vm_writev kcmp process_madvise pidfd_getfd add_key request_key keyctl bpf perf_event_open userfaultfd
  io_uring_setup io_uring_enter io_uring_register init_module finit_module delete_module kexec_load reboot swapon personality
  setuid setgid setresuid setgroups capset mknod mknodat memfd_create iopl ioperm modify_ldt seccomp`.split(/\s+/);
/** Programs that start no other: what is allowed as `clone` makes threads alone. */
const THREADS_ONLY = ['node', 'valkey', 'registry', 'nats'];

describe.each(readdirSync(FOLDER))('infra/seccomp/%s', (file) => {
  const { defaultAction, defaultErrnoRet, archMap, syscalls } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Profile;
  const allowed = syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');

  it('refuses what it does not name with EPERM', () => {
    expect({ defaultAction, defaultErrnoRet }).toEqual({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 });
    expect(new Set(syscalls.map(({ action }) => action))).toEqual(new Set(['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO']));
  });

  it('knows amd64 and arm64, without the call tables of 32 bits', () => {
    expect(archMap).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'].map((architecture) => ({ architecture, subArchitectures: [] })));
  });

  it('answers clone3 with ENOSYS, so that the C library falls back to clone, whose flags can be read', () => {
    expect(syscalls.filter(({ names }) => names.includes('clone3'))).toEqual([
      expect.objectContaining({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS }),
    ]);
  });

  it('allows none of the ways out', () => {
    const names = allowed.flatMap((entry) => entry.names);
    expect(NEVER.filter((name) => names.includes(name))).toEqual([]);
  });

  it('allows sockets of named families alone', () => {
    const sockets = allowed.filter(({ names }) => names.includes('socket'));
    const families = sockets.map(({ args }) => args?.find(({ index, op }) => index === 0 && op === 'SCMP_CMP_EQ')?.value);
    expect(families.every((family) => [1, 2, 10, 16].includes(family ?? -1))).toBe(true);
  });

  it('never allows a namespace of its own, nor a new process where none is needed', () => {
    for (const { names, args } of allowed.filter((entry) => entry.names.includes('clone'))) {
      const threads = { value: CLONE_THREAD + CLONE_NEW, valueTwo: CLONE_THREAD };
      const processes = { value: CLONE_NEW, valueTwo: 0 };
      const expected = THREADS_ONLY.includes(file.replace('.json', '')) ? threads : processes;
      expect({ names, args }).toEqual({ names: ['clone'], args: [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', ...expected }] });
    }
  });

  it('gives a reason for everything', () => {
    expect(syscalls.filter(({ comment }) => !comment)).toEqual([]);
  });
});
