import { spawnSync } from 'node:child_process';

/** npm's names of what concerns the network, as `npm run` exports them to its scripts. */
const SETTINGS = { registry: 'registry', cafile: 'cafile', proxy: 'proxy', httpsProxy: 'https-proxy', noProxy: 'noproxy' };

/**
 * How the user reaches the network: from npm's configuration. Read at every start, stored nowhere.
 * @param {Record<string, string | undefined>} env
 * @returns {{ registry?: string, cafile?: string, proxy?: string, httpsProxy?: string, noProxy?: string }}
 */
export function npmNetwork(env) {
  const lookUp = env.npm_lifecycle_event ? exportedSettings(env) : askNpm(env);
  const found = {};
  for (const [name, key] of Object.entries(SETTINGS)) {
    const value = lookUp(key);
    if (typeof value === 'string' && value !== '' && value !== 'null') found[name] = value;
  }
  return found;
}

/**
 * The environment for Node's own clients: what npm knows of proxies and certificate authorities, unless the user set it already. What would let
 * them go on without verifying whom they talk to is taken away, whoever set it.
 * @param {Record<string, string | undefined>} env
 * @returns {Record<string, string | undefined>}
 */
export function networkEnvironment(env) {
  const npm = npmNetwork(env);
  const known = { ...env };
  known.NODE_EXTRA_CA_CERTS ??= npm.cafile;
  if (!env.HTTPS_PROXY && !env.https_proxy && npm.httpsProxy) known.HTTPS_PROXY = npm.httpsProxy;
  if (!env.HTTP_PROXY && !env.http_proxy && npm.proxy) known.HTTP_PROXY = npm.proxy;
  if (!env.NO_PROXY && !env.no_proxy && npm.noProxy) known.NO_PROXY = npm.noProxy;
  if (known.HTTPS_PROXY || known.https_proxy || known.HTTP_PROXY || known.http_proxy) known.NODE_USE_ENV_PROXY = '1';
  if (known.NODE_EXTRA_CA_CERTS === undefined) delete known.NODE_EXTRA_CA_CERTS;
  delete known.NODE_TLS_REJECT_UNAUTHORIZED;
  return known;
}

/**
 * The package registry that the user's npm asks; npm knows its own default, so this project names none.
 * @param {Record<string, string | undefined>} env
 * @returns {string | undefined}
 */
export function npmRegistry(env) {
  return env.npm_config_registry || askNpm(env)('registry');
}

/**
 * Which registry the user's npm asks for a package, by the package's name, as its configuration in a folder has it.
 * @param {string} folder
 * @param {Record<string, string | undefined>} env
 * @returns {(name: string) => string | undefined}
 */
export function npmRegistries(folder, env) {
  const ask = askNpm(env, folder);
  return (name) => (name.startsWith('@') ? ask(`${name.split('/')[0]}:registry`) : undefined) ?? ask('registry');
}

/** npm exports only what differs from its defaults. */
function exportedSettings(env) {
  return (key) => env[`npm_config_${key.replaceAll('-', '_')}`];
}

/** Started without npm: one question to it, of public settings only (its answer holds no credentials). */
function askNpm(env, cwd) {
  const answer = spawnSync('npm', ['config', 'list', '--json', '--loglevel=silent'], { cwd, env, encoding: 'utf8' });
  if (answer.status !== 0) return exportedSettings(env);
  const settings = JSON.parse(answer.stdout);
  return (key) => (Array.isArray(settings[key]) ? settings[key].join(',') : settings[key]);
}
