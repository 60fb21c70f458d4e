import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CardNumber } from './card-number.ts';
import { CardKeysConfig } from './card-keys.config.ts';

const ALGORITHM = 'aes-256-gcm';
/** NIST SP 800-38D, section 8.2.2: random, of 96 bits */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealed {
  sealed: Buffer;
  key_id: string;
}

export type VaultErrorCode = 'KEY_UNKNOWN' | 'SEAL_BROKEN';

export class VaultError extends Error {
  readonly code: VaultErrorCode;

  constructor({ code, message, cause }: { code: VaultErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'VaultError';
    this.code = code;
  }
}

/** Card numbers at rest: sealed with the current key, opened with whichever one sealed them, for the token that they were sealed for. */
@Injectable()
export class CardVault {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #current: string;

  constructor({ keys }: CardKeysConfig) {
    const known = keys.split(' ').map((text) => Buffer.from(text, 'base64url'));
    this.#keys = new Map(known.map((key) => [idOf(key), key]));
    this.#current = idOf(known[0] ?? Buffer.alloc(0));
  }

  /** nonce, tag, ciphertext */
  seal(number: CardNumber, token: string): Sealed {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key(this.#current), nonce).setAAD(Buffer.from(token));
    const text = Buffer.concat([cipher.update(number.reveal(), 'utf8'), cipher.final()]);
    return { sealed: Buffer.concat([nonce, cipher.getAuthTag(), text]), key_id: this.#current };
  }

  /** @throws {VaultError} KEY_UNKNOWN | SEAL_BROKEN: another row's, altered, or no card's number */
  open({ sealed, key_id }: Sealed, token: string): CardNumber {
    const key = this.#key(key_id);
    try {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(token)).setAuthTag(tag);
      const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
      const number = CardNumber.parse(text);
      if (number) return number;
    } catch (cause) {
      throw new VaultError({
        code: 'SEAL_BROKEN',
        message: `expected the number of card ${token} as it was sealed, found it altered`,
        cause,
      });
    }
    throw new VaultError({ code: 'SEAL_BROKEN', message: `expected a card's number under ${token}, found something else` });
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id);
    if (key) return key;
    throw new VaultError({
      code: 'KEY_UNKNOWN',
      message: `expected the key ${id} in card-keys, found others; put it back behind the current one`,
    });
  }
}

/** Says which key it was, and nothing of it. */
function idOf(key: Buffer): string {
  return createHash('sha256').update('card key').update(key).digest('hex').slice(0, 16);
}
