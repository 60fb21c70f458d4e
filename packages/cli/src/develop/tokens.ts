import { join } from 'node:path';
import { atDate } from '@seaworthy/platform/resilience';
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
  readonly #login: typeof developerToken;
  #callOff: () => void = () => undefined;
  #stopped = false;

  constructor(dir: string, login: typeof developerToken = developerToken) {
    this.#dir = dir;
    this.#login = login;
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
    this.#callOff = atDate(Date.now() + (kept ? RENEW_MS : RETRY_MS), () => void this.keep(identityUrl, root));
  }

  stop(): void {
    this.#stopped = true;
    this.#callOff();
  }

  async #renew(identityUrl: string, dispatcher: Agent): Promise<void> {
    for (const { name, password } of this.people) {
      const token = await this.#login({ identityUrl, name, password, fetch: async (url, init) => fetch(url, { ...init, dispatcher }) });
      if (!this.#stopped) writeWhole(this.fileOf(name), token, 0o600);
    }
  }
}
