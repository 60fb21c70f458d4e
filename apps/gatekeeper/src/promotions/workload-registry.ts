import { RegistryClient } from '@seaworthy/oci';
import { WORKLOAD, type WorkloadIdentity } from '@seaworthy/platform';
import { GatekeeperConfig } from '../gatekeeper.config.ts';

/** The platform's registry, with this workload's short-lived token as the password. */
export const workloadRegistry = {
  inject: [GatekeeperConfig, WORKLOAD],
  useFactory: ({ registryUrl }: GatekeeperConfig, { root, token }: WorkloadIdentity) =>
    new RegistryClient({ baseUrl: registryUrl, ca: root, password: token }),
};
