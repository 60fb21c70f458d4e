import { MOUNTS } from '@seaworthy/contracts';
import { configGroup, variable } from '@seaworthy/platform';
import { z } from 'zod';

export class GateConfig extends configGroup({
  socket: variable('REGISTRY_SOCKET', z.string().startsWith('/').default('/run/registry/registry.sock')),
  /** the table of rights: public, and only the operator writes it */
  rightsFile: variable('RIGHTS_FILE', z.string().startsWith('/').default(`${MOUNTS.trust}/registry-rights.yaml`)),
}) {}
