import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { writeWhole } from '../host/write-whole.ts';
import { developerToken } from '../people.ts';
import { CUSTOMERS, type Customer } from '../start/people.ts';
import { throwAwayPassword } from './throw-away-secret.ts';

/** A token lives for an hour. */
const RENEW_MS = 30 * 60_000;
/** Identity may not run yet, or not any more: it is developed here as well. */
const RETRY_MS = 2_000;

/** The sample customers of one session: each one's access token is in a file, had by a real login, and renewed as long as this runs. */
export class CustomerTokens {
  readonly people = CUSTOMERS.map((name) => ({ name, roles: ['customer'], password: throwAwayPassword() }));
  readonly #dir: string;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  fileOf(name: Customer): string {
    return join(this.#dir, `${name}.token`);
  }

  /** Resolves when the files are there, or when identity did not answer; then it is asked again. */
  async keep(identityUrl: string, root: string): Promise<void> {
    const dispatcher = new Agent({ connect: { ca: root } });
    const kept = await this.#renew(identityUrl, dispatcher).then(
      () => true,
      () => false,
    );
    await dispatcher.close();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.keep(identityUrl, root), kept ? RENEW_MS : RETRY_MS).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #renew(identityUrl: string, dispatcher: Agent): Promise<void> {
    for (const { name, password } of this.people) {
      const token = await developerToken({ identityUrl, name, password, fetch: async (url, init) => fetch(url, { ...init, dispatcher }) });
      if (!this.#stopped) writeWhole(this.fileOf(name), token, 0o600);
    }
  }
}
