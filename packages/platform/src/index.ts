export { AccessModule, AuthError, Anonymous, Caller, People, remoteKeys, TokenVerifier, Workloads, workloadToken } from './auth/index.ts';
export type { AuthErrorCode, Identity, IssuerKind, KeySources, WorkloadTokenOptions } from './auth/index.ts';
export { identityIssuer, loadWorkload, PlatformCertificate, platformDispatcher, platformFetch, TlsError } from './tls/index.ts';
export type { CertificateIssuer, EnrolOptions, PlatformFetch, TlsErrorCode, TlsMaterial, WorkloadIdentity, WorkloadOptions } from './tls/index.ts';
