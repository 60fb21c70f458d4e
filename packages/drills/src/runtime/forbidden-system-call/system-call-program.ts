/** Number and arguments of one system call, as the kernel takes them. */
export interface SystemCall {
  readonly name: string;
  /** by architecture: asm/unistd_64.h and asm-generic/unistd.h of the kernel */
  readonly number: { readonly amd64: number; readonly arm64: number };
  readonly args: readonly (number | bigint)[];
}

/** Where the program is put in memory. */
const BASE = 0x400000n;
const HEADERS = 64 + 56;
const REGISTERS = 6;

/** An address that the program may read and write: its own beginning. */
export const OWN_MEMORY = BASE;

/**
 * A program of some hundred bytes that makes one system call and ends with the number of the error as its status, 0 without one. It needs
 * no compiler, no C library and no shell: none is in the images, and nothing stands between it and the kernel. ELF-64, gABI chapters 4 and 5.
 */
export function systemCallProgram({ number, args }: SystemCall, architecture: 'amd64' | 'arm64'): Buffer {
  const values = [BigInt(number[architecture]), ...Array.from({ length: REGISTERS }, (_, at) => BigInt(args[at] ?? 0))];
  const code = architecture === 'amd64' ? amd64(values) : arm64(values);
  return Buffer.concat([elfHeader(architecture), programHeader(code.length), code]);
}

/** rax, rdi, rsi, rdx, r10, r8, r9: the opcode that loads 64 bits into each. */
const AMD64_LOADS = ['48b8', '48bf', '48be', '48ba', '49ba', '49b8', '49b9'];
const AMD64_END = [
  '0f05', //         syscall
  '31ff', //         xor  edi, edi
  '4885c0', //       test rax, rax
  '7904', //         jns  exit
  'f7d8', //         neg  eax
  '89c7', //         mov  edi, eax
  'b83c000000', //   exit: mov eax, 60
  '0f05', //         syscall
];

function amd64(values: readonly bigint[]): Buffer {
  const loads = values.map((value, at) => Buffer.concat([hex(AMD64_LOADS[at] ?? ''), littleEndian(value)]));
  return Buffer.concat([...loads, hex(AMD64_END.join(''))]);
}

const ARM64_REGISTERS = [8, 0, 1, 2, 3, 4, 5];
const ARM64_END = [
  0xd4000001, // svc  #0
  0xcb0003e1, // neg  x1, x0
  0xf100001f, // cmp  x0, #0
  0x9a9fb020, // csel x0, x1, xzr, lt
  0xd2800ba8, // mov  x8, #93 (exit)
  0xd4000001, // svc  #0
];

function arm64(values: readonly bigint[]): Buffer {
  const instructions = values.flatMap((value, at) => arm64Load(ARM64_REGISTERS[at] ?? 0, BigInt.asUintN(64, value)));
  return Buffer.concat([...instructions, ...ARM64_END].map((instruction) => littleEndian(BigInt(instruction), 4)));
}

/** movz, and movk for each further 16 bits: Arm Architecture Reference Manual, C6.2. */
function arm64Load(register: number, value: bigint): number[] {
  return [0, 1, 2, 3].map((part) => {
    const bits = Number((value >> BigInt(16 * part)) & 0xffffn);
    return ((part === 0 ? 0xd2800000 : 0xf2800000) + part * 0x200000 + bits * 32 + register) >>> 0;
  });
}

function elfHeader(architecture: 'amd64' | 'arm64'): Buffer {
  return Buffer.concat([
    hex('7f454c46020101000000000000000000'),
    halves(2, architecture === 'amd64' ? 62 : 183), // executable; machine
    littleEndian(1n, 4),
    littleEndian(BASE + BigInt(HEADERS)), // entry
    littleEndian(64n), // program headers
    littleEndian(0n), // no sections
    littleEndian(0n, 4),
    halves(64, 56, 1, 64, 0, 0),
  ]);
}

/** One segment: read, write, execute. */
function programHeader(codeLength: number): Buffer {
  const size = BigInt(HEADERS + codeLength);
  return Buffer.concat([
    littleEndian(1n, 4),
    littleEndian(7n, 4),
    ...[0n, BASE, BASE, size, size, 0x1000n].map((value) => littleEndian(value)),
  ]);
}

function littleEndian(value: bigint, bytes = 8): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt.asUintN(64, value));
  return buffer.subarray(0, bytes);
}

function halves(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => littleEndian(BigInt(value), 2)));
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
