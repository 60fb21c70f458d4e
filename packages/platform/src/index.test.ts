import { describe, expect, it } from '@jest/globals';

/** The package's contract: a name that goes or comes is a decision, not an accident. */
describe('@seaworthy/platform', () => {
  it('exports these names', async () => {
    expect(Object.keys(await import('./index.ts')).toSorted()).toEqual([
      'AccessModule',
      'Anonymous',
      'ApiExcludeEndpoint',
      'ApiHeader',
      'ApiOkResponse',
      'ApiOperation',
      'ApiResponse',
      'ApiTags',
      'AuditLog',
      'AuthError',
      'Caller',
      'ConditionalInterceptor',
      'ConfigError',
      'FileCertificate',
      'HealthRegistry',
      'Html',
      'PAGE_HEADERS',
      'People',
      'PlatformCertificate',
      'ProblemError',
      'RevocationList',
      'RevokedTokens',
      'ServiceConfig',
      'TlsError',
      'TokenVerifier',
      'WORKLOAD',
      'Workloads',
      'absolutePath',
      'assembleService',
      'atDate',
      'backoff',
      'baseUrl',
      'bearerOf',
      'certificate',
      'configGroup',
      'createService',
      'cursorOf',
      'guardPolicy',
      'hostName',
      'html',
      'identityIssuer',
      'loadWorkload',
      'openApiSchema',
      'platformFetch',
      'privateKey',
      'processSource',
      'remoteKeys',
      'remoteRevocations',
      'runTask',
      'secretFile',
      'variable',
      'wholeNumber',
      'workloadToken',
    ]);
  });

  it('exports these names of the database', async () => {
    expect(Object.keys(await import('./database/index.ts')).toSorted()).toEqual([
      'DatabaseConfig',
      'DatabaseError',
      'DatabaseModule',
      'OvertakenError',
      'RowSweeper',
      'inTransaction',
      'migrate',
    ]);
  });

  it('exports these names of the delivery', async () => {
    expect(Object.keys(await import('./delivery/index.ts')).toSorted()).toEqual([
      'DeliveryModule',
      'INBOX',
      'OutboxRelay',
      'WorkLoop',
      'firstTime',
      'toCloudEvent',
    ]);
  });

  it('exports these names of the cache', async () => {
    expect(Object.keys(await import('./cache/index.ts')).toSorted()).toEqual(['Cache', 'CacheConfig', 'CacheModule']);
  });
});
