import { UserError } from '../errors.ts';
import { npmNetwork, npmRegistry } from '../../bin/npm-network.mjs';

/** How the user reaches the network. Read from npm's configuration and the environment at each start, stored nowhere. */
export interface UserNetwork {
  /** without credentials */
  readonly npmRegistry: string;
  /** PEM bundle of the certificate authorities that the user trusts besides the system's */
  readonly caFile?: string;
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

/** npm's configuration first, then the environment's usual names. */
export function userNetwork(env: NodeJS.ProcessEnv = process.env): UserNetwork {
  const npm = npmNetwork(env);
  const first = (...values: (string | undefined)[]): string | undefined => values.find(Boolean);
  const network = {
    npmRegistry: withoutCredentials(npmRegistry(env) ?? ''),
    caFile: first(npm.cafile, env['NODE_EXTRA_CA_CERTS']),
    httpProxy: first(npm.proxy, env['HTTP_PROXY'], env['http_proxy']),
    httpsProxy: first(npm.httpsProxy, env['HTTPS_PROXY'], env['https_proxy'], npm.proxy),
    noProxy: first(npm.noProxy, env['NO_PROXY'], env['no_proxy']),
  };
  return Object.fromEntries(Object.entries(network).filter(([, value]) => value)) as unknown as UserNetwork;
}

function withoutCredentials(registry: string): string {
  if (!URL.canParse(registry)) {
    const remedy = "npm config get registry; npm config delete registry takes npm's own default";
    throw new UserError({
      code: 'HOST_NOT_READY',
      message: 'npm names no package registry',
      expected: "an address in npm's registry setting",
      found: 'none',
      remedy,
    });
  }
  const url = new URL(registry);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
