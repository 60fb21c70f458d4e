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
} from './config/config-group.ts';
export type { ConfigGroup, Field } from './config/config-group.ts';
export { ConfigError } from './config/config.error.ts';
export { processSource } from './config/config-source.ts';
export type { ConfigSource } from './config/config-source.ts';
export { ProblemError } from './errors/problem.ts';
export type { PlatformProblemCode, ProblemDocument, ProblemOptions } from './errors/problem.ts';
export { HealthRegistry } from './health/health-registry.ts';
export type { HealthCheck } from './health/health-registry.ts';
export { ConditionalInterceptor } from './http/conditional.interceptor.ts';
export { cursorOf } from './http/cursor.ts';
export type { Cursor } from './http/cursor.ts';
export { Html, html } from './http/html.ts';
export { PAGE_HEADERS } from './http/security-headers.ts';
export { AuditLog } from './logging/audit-log.ts';
export { ApiExcludeEndpoint, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from './openapi/decorators.ts';
export { openApiSchema } from './openapi/openapi-schema.ts';
export { atDate } from './resilience/at-date.ts';
export { backoff } from './resilience/backoff.ts';
export { guardPolicy } from './resilience/guard.policy.ts';
export type { GuardOptions } from './resilience/guard.policy.ts';
export { createService } from './service/create-service.ts';
export { assembleService } from './service/assemble-service.ts';
export type { Service, ServiceOptions } from './service/assemble-service.ts';
export { runTask } from './service/run-task.ts';
export { FileCertificate } from './service/server-certificate.ts';
export type { ServerCertificate } from './service/server-certificate.ts';
export { ServiceConfig } from './service/service.config.ts';
export {
  AccessModule,
  Anonymous,
  AuthError,
  bearerOf,
  Caller,
  People,
  remoteKeys,
  remoteRevocations,
  RevocationList,
  RevokedTokens,
  TokenVerifier,
  WORKLOAD,
  Workloads,
  workloadToken,
} from './auth/index.ts';
export type { AuthErrorCode, Identity, IssuerKind, KeySources, Revocations, WorkloadTokenOptions } from './auth/index.ts';
export { identityIssuer, loadWorkload, PlatformCertificate, platformFetch, TlsError } from './tls/index.ts';
export type {
  CertificateIssuer,
  EnrolOptions,
  PlatformFetch,
  TlsErrorCode,
  TlsMaterial,
  WorkloadIdentity,
  WorkloadOptions,
} from './tls/index.ts';
