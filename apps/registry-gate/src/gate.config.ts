import { absolutePath, configGroup, variable } from '@seaworthy/platform';

export class GateConfig extends configGroup({
  socket: variable('REGISTRY_SOCKET', absolutePath.default('/run/registry/registry.sock')),
  /** the table of rights, which is in the image beside the bundle */
  rightsFile: variable('RIGHTS_FILE', absolutePath.default('/app/registry-rights.yaml')),
}) {}
