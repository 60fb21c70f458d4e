/** Reads the fields of SSH's binary forms (RFC 4251, section 5): each a length of 32 bits and so many bytes. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @throws RangeError where there are fewer bytes than announced */
  bytes(): Buffer {
    return this.raw(this.uint32());
  }

  text(): string {
    return this.bytes().toString('latin1');
  }

  uint32(): number {
    return this.raw(4).readUInt32BE();
  }

  raw(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('expected more bytes');
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return found;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}

export function sshField(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
