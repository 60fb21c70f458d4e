import { randomUUID } from 'node:crypto';
import { createLocalJWKSet } from 'jose';
import { AccessModule, assembleService, TokenVerifier } from '@seaworthy/platform';
import type { ConfigSource, Service } from '@seaworthy/platform';
import type { TestIssuer } from '@seaworthy/testing/issuer';
import { OrdersModule } from '../src/orders.module.ts';
import { ORDERS_OPTIONS } from '../src/orders.service-options.ts';

export const COMPASS = '1a74f700-97b9-5415-9388-da7aa2cea3fa';
export const SEXTANT = '78c6dfe2-e65f-5851-a5c9-0e7f94793f32';
export const NOTHING = '00000000-0000-4000-8000-000000000000';

/** Orders as it ships, but for its listening and for whose tokens count. */
export async function assembleOrders(source: ConfigSource, issuer: TestIssuer): Promise<Service> {
  const verifier = new TokenVerifier({ keys: { people: createLocalJWKSet(issuer.jwks) } });
  const access = AccessModule.using({ useFactory: () => verifier });
  return assembleService(OrdersModule.with(access), { ...ORDERS_OPTIONS, source });
}

/** One customer at one replica. */
export class Customer {
  readonly #service: Service;
  readonly #token: string;

  constructor(service: Service, token: string) {
    this.#service = service;
    this.#token = token;
  }

  at(service: Service): Customer {
    return new Customer(service, this.#token);
  }

  async get(url: string, headers: Record<string, string> = {}) {
    return this.#service.app.inject({ url, headers: { authorization: `Bearer ${this.#token}`, ...headers } });
  }

  async post(url: string, payload: unknown, headers: Record<string, string> = {}) {
    const body = payload === undefined ? {} : { payload: payload as object };
    return this.#service.app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${this.#token}`, ...headers }, ...body });
  }

  async order(productId: string, quantity = 1, key: string = randomUUID()) {
    return this.post('/orders', { lines: [{ productId, quantity }] }, { 'idempotency-key': key });
  }
}
