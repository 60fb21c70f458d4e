import { scrypt, timingSafeEqual } from 'node:crypto';

export interface Account {
  name: string;
  roles: readonly string[];
  password: PasswordHash;
}

/** scrypt (RFC 7914): base64url salt and 32-byte hash, cost parameter N (a power of two), r = 8, p = 1. */
export interface PasswordHash {
  salt: string;
  hash: string;
  cost: number;
}

/** Compared against when there is no such account. */
const NOBODY: PasswordHash = { salt: 'c2Vhd29ydGh5', hash: Buffer.alloc(32).toString('base64url'), cost: 2 ** 15 };
const LONGEST_PASSWORD = 256;
/** HMAC, of which scrypt is made, fills keys with zeros: a password with some at its end would be the same password. */
const NULL_BYTE = '\0';

export class Accounts {
  readonly #accounts: ReadonlyMap<string, Account>;
  readonly #nobody: PasswordHash;

  constructor(accounts: readonly Account[]) {
    this.#accounts = new Map(accounts.map((account) => [account.name, account]));
    // it costs what somebody does, whatever that was made to be: the time of an answer must not tell whether there is an account
    const [somebody = NOBODY] = accounts.map(({ password }) => password);
    this.#nobody = { ...NOBODY, cost: somebody.cost };
  }

  rolesOf(name: string): readonly string[] | undefined {
    return this.#accounts.get(name)?.roles;
  }

  async verify(name: string, password: string): Promise<boolean> {
    const account = this.#accounts.get(name);
    const { salt, hash, cost } = account?.password ?? this.#nobody;
    const found = await derive(password.slice(0, LONGEST_PASSWORD), Buffer.from(salt, 'base64url'), cost);
    const possible = password.length <= LONGEST_PASSWORD && !password.includes(NULL_BYTE);
    return timingSafeEqual(found, Buffer.from(hash, 'base64url')) && account !== undefined && possible;
  }
}

function derive(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
