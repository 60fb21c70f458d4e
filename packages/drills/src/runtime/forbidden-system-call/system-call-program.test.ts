import { describe, expect, it } from '@jest/globals';
import { systemCallProgram } from './system-call-program.ts';

const CALL = { name: 'example', number: { amd64: 0x1111, arm64: 0x1111 }, args: [0x1111] };
const HEADERS = 120;

describe('systemCallProgram', () => {
  it('is an executable of one segment that begins behind its headers', () => {
    const program = systemCallProgram({ ...CALL, number: { amd64: 39, arm64: 172 } }, 'amd64');
    expect(program.subarray(0, 5).toString('latin1')).toBe('\u007FELF\u0002');
    expect({ type: program.readUInt16LE(16), machine: program.readUInt16LE(18), entry: program.readBigUInt64LE(24) }).toEqual({
      type: 2,
      machine: 62,
      entry: BigInt(0x400000 + HEADERS),
    });
    expect(program.readBigUInt64LE(64 + 32)).toBe(BigInt(program.length));
  });

  // what `as` (binutils 2.40) and `llvm-mc` (14) make of the same instructions
  it('loads registers as an assembler for amd64 does', () => {
    const code = systemCallProgram({ ...CALL, number: { amd64: 39, arm64: 172 } }, 'amd64').subarray(HEADERS);
    expect(code.subarray(0, 20).toString('hex')).toBe('48b8270000000000000048bf1111000000000000');
    expect(code.subarray(-20).toString('hex')).toBe('0f0531ff4885c07904f7d889c7b83c0000000f05');
  });

  it('loads registers as an assembler for arm64 does', () => {
    const code = systemCallProgram(CALL, 'arm64').subarray(HEADERS);
    expect(code.readUInt32LE(0)).toBe(0xd2822228); // movz x8, #0x1111
    expect(code.readUInt32LE(4)).toBe(0xf2a00008); // movk x8, #0, lsl #16
    expect(code.readUInt32LE(16)).toBe(0xd2822220); // movz x0, #0x1111
    expect(code.subarray(-24).toString('hex')).toBe('010000d4e10300cb1f0000f120b09f9aa80b80d2010000d4');
  });
});
