import type { PipelineSettings } from '../pipeline.settings.ts';

/** What every job's program finds. */
export function environmentOf(output: string): Record<string, string> {
  return {
    PATH: '/usr/bin',
    HOME: '/tmp',
    TMPDIR: '/tmp',
    LC_ALL: 'C.UTF-8',
    JOB_OUTPUT: output,
    NODE_ENV: 'test',
    TURBO_TELEMETRY_DISABLED: '1',
  };
}

/** The one way out, for a job that has it, and whom to believe there. */
export function egressEnvironment({ egressProxy, extraCa, keyring }: PipelineSettings): Record<string, string> {
  const proxy = {
    HTTP_PROXY: egressProxy,
    HTTPS_PROXY: egressProxy,
    http_proxy: egressProxy,
    https_proxy: egressProxy,
    NODE_USE_ENV_PROXY: '1',
  };
  return {
    ...proxy,
    ...(extraCa ? { NODE_EXTRA_CA_CERTS: '/job/ca.pem' } : {}),
    ...(keyring ? { SEAWORTHY_DEBIAN_KEYRING: '/job/keyring.gpg' } : {}),
  };
}
