import { configGroup, variable } from '@seaworthy/platform';
import { z } from 'zod';

export class GateConfig extends configGroup({
  socket: variable('REGISTRY_SOCKET', z.string().startsWith('/').default('/run/registry/registry.sock')),
  /** the table of rights, which is in the image beside the bundle */
  rightsFile: variable('RIGHTS_FILE', z.string().startsWith('/').default('/app/registry-rights.yaml')),
}) {}
