import { SourceError } from './source.error.ts';

interface AllowedSigner {
  /** who signs, as the list names them */
  readonly principals: string;
  /** in SSH's binary form */
  readonly key: Buffer;
  readonly validAfter?: Date;
  readonly validBefore?: Date;
}

const KINDS = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;
const OPTION = /^(?<name>[a-z-]+)="(?<value>[^"]*)"$/;
/** Between options; one inside of quotes is part of a list. */
const COMMA = /,(?=[a-z-]+=")/;
/** No pattern and no negation of one. */
const PLAIN = /^[^\s!*?]+$/;
/** ssh-keygen(1): `YYYYMMDD[Z]`, `YYYYMMDDHHMM[Z]`, `YYYYMMDDHHMMSS[Z]` */
const MOMENT = /^(?:\d{8}|\d{12}|\d{14})Z?$/;

/** Whose signatures count: ssh-keygen(1), "ALLOWED SIGNERS", without certificate authorities and without patterns. */
export class AllowedSigners {
  readonly #signers: readonly AllowedSigner[];

  /** @throws SourceError SIGNERS_MALFORMED: a line that is not understood must not be one that is passed over */
  constructor(text: string) {
    this.#signers = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(readLine);
  }

  get isEmpty(): boolean {
    return this.#signers.length === 0;
  }

  /** Who has this key, at that time; undefined when nobody does. */
  nameOf(key: Buffer, at: Date): string | undefined {
    const valid = this.#signers.filter(
      ({ validAfter, validBefore }) => !(validAfter && at < validAfter) && !(validBefore && at >= validBefore),
    );
    return valid.find((one) => one.key.equals(key))?.principals;
  }
}

function readLine(line: string): AllowedSigner {
  const [principals = '', ...rest] = line.split(/\s+/);
  const options = KINDS.test(rest[0] ?? '') ? [] : (rest.shift() ?? '').split(COMMA);
  const [kind = '', encoded = ''] = rest;
  const key = Buffer.from(encoded, 'base64');
  if (!PLAIN.test(principals) || !KINDS.test(kind) || key.length < 16) throw malformed(line);
  const moments: { validAfter?: Date; validBefore?: Date } = {};
  for (const option of options) {
    const { name, value = '' } = OPTION.exec(option)?.groups ?? {};
    if (name === 'valid-after') moments.validAfter = momentOf(value, line);
    else if (name === 'valid-before') moments.validBefore = momentOf(value, line);
    else if (name !== 'namespaces' || !PLAIN.test(value) || !value.split(',').includes('git')) throw malformed(line);
  }
  return { principals, key, ...moments };
}

/** In UTC, with `Z` or without: a machine's own time zone must not decide. */
function momentOf(text: string, line: string): Date {
  const digits = text.replace('Z', '').padEnd(14, '0');
  const part = (from: number, to: number): string => digits.slice(from, to);
  const moment = new Date(`${part(0, 4)}-${part(4, 6)}-${part(6, 8)}T${part(8, 10)}:${part(10, 12)}:${part(12, 14)}Z`);
  if (!MOMENT.test(text) || Number.isNaN(moment.getTime())) throw malformed(line);
  return moment;
}

function malformed(line: string): SourceError {
  return new SourceError({
    code: 'SIGNERS_MALFORMED',
    message: `infra/policies/allowed-signers: expected lines of principal, options and key, found ${JSON.stringify(line.slice(0, 120))}`,
  });
}
