export {
  absolutePath,
  baseUrl,
  certificate,
  configGroup,
  hostName,
  privateKey,
  secretFile,
  variable,
  wholeNumber,
} from './config-group.ts';
export type { ConfigGroup, Field } from './config-group.ts';
export { ConfigError } from './config.error.ts';
export { orRefuse } from './or-refuse.ts';
export { processSource } from './config-source.ts';
export type { ConfigSource } from './config-source.ts';
export { readConfig } from './read-config.ts';
export type { ConfigValues } from './read-config.ts';
