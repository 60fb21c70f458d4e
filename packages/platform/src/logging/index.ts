export { AuditLog } from './audit-log.ts';
export { createLogger } from './logger.ts';
export type { LoggerOptions, PlatformLogger } from './logger.ts';
export { NestLogger } from './nest-logger.ts';
export { redact, REDACTED } from './redaction.ts';
export { standardOutput, writeRemaining } from './standard-output.ts';
