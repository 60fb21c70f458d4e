import type { StoreHost } from './store-host.ts';

/** What a service has to know to use a store: variables, and secrets as files. */
export interface StoreAccess {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** A store that can be started for one service and thrown away. */
export interface Store {
  /** images of infra/images that it is made of */
  readonly images: readonly string[];
  start(host: StoreHost, service: string): Promise<StoreAccess>;
}
