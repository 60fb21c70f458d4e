import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENDPOINTS } from '@seaworthy/contracts';
import type { Workload } from '@seaworthy/contracts';
import { RegistryClient } from '@seaworthy/oci';
import { workloadToken } from '@seaworthy/platform/workload-token';
import { fetch } from 'undici';
import type { Agent, RequestInit, Response } from 'undici';
import type { Instance } from '../instance.ts';
import { platformDispatcher } from './dispatcher.ts';

const urlOf = (name: keyof typeof ENDPOINTS): string => `https://${ENDPOINTS[name].host}:${ENDPOINTS[name].port}`;

/** The platform's own addresses, the same on the host and in its networks. */
export const URLS = {
  identity: urlOf('identity'),
  registry: urlOf('registry'),
  pipeline: urlOf('pipeline'),
  gatekeeper: urlOf('gatekeeper'),
  fleet: urlOf('fleet'),
  edge: urlOf('edge'),
};

/** What the host may do on one running copy of the platform, each time under a named identity. */
export class PlatformAccess {
  readonly instance: Instance;
  readonly #dispatcher: Agent;
  /** one source for each workload, so that it asks the issuer anew only when a token comes to its end */
  readonly #tokens = new Map<Workload, () => Promise<string>>();

  constructor(instance: Instance) {
    this.instance = instance;
    this.#dispatcher = platformDispatcher(instance, readFileSync(join(instance.stateDir, 'trust', 'root.pem'), 'utf8'));
  }

  /** An HTTP call to one of the platform's services; TLS is checked against the platform's root. */
  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url, { redirect: 'error', ...init, dispatcher: this.#dispatcher });

  /** Gives access tokens of a workload whose client secret the host keeps. */
  workload(name: Workload): () => Promise<string> {
    const known = this.#tokens.get(name);
    if (known !== undefined) return known;
    const clientSecret = readFileSync(join(this.instance.stateDir, 'secrets', `${name}.client-secret`), 'utf8');
    const token = workloadToken({ identityUrl: URLS.identity, clientId: name, clientSecret, fetch: this.fetch });
    this.#tokens.set(name, token);
    return token;
  }

  /** The registry, seen with the rights of whoever the token is about; anonymous without one. */
  registry(token?: () => Promise<string>): RegistryClient {
    return new RegistryClient({
      baseUrl: URLS.registry,
      dispatcher: this.#dispatcher,
      ...(token === undefined ? {} : { password: token }),
    });
  }

  async close(): Promise<void> {
    await this.#dispatcher.close();
  }
}
