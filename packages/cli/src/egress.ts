import { isExcepted } from './no-proxy.ts';

/** The places that fetching jobs may reach, as the user's own machine reaches them. */
export interface EgressDestinations {
  readonly npmRegistry: string;
  readonly debianMirrors: readonly string[];
  /** the user's own proxy, when the machine has no other way out; credentials in it go to squid alone, never to a job */
  readonly upstreamProxy?: string | undefined;
  /** what is reached without that proxy, as `NO_PROXY` lists it */
  readonly noProxy?: string | undefined;
}

/**
 * Writes squid's list of what may be reached (`/run/squid/allow.conf`, read by infra/images/squid/squid.conf): hosts by name and by
 * port, and nothing else. `-n`: an address as host is never looked up backwards, so no reverse record can make it a name on the list.
 */
export function egressRules({ npmRegistry, debianMirrors, upstreamProxy, noProxy = '' }: EgressDestinations): string {
  const destinations = [npmRegistry, ...debianMirrors].map(destination);
  const hosts = unique(destinations.map(({ host }) => host));
  const ports = unique(destinations.map(({ port }) => port));
  const direct = unique(destinations.filter((one) => isExcepted(one, noProxy)).map(({ host }) => host));
  return [
    '# Written by npm start from the npm registry and the Debian mirrors of this machine.',
    ...hosts.map((host) => `acl allowed dstdomain -n ${host}`),
    ...ports.map((port) => `acl allowed_ports port ${port}`),
    ...(upstreamProxy ? throughProxy(upstreamProxy, direct) : insideDenied(hosts)),
    '',
  ].join('\n');
}

/** Names that lead to this machine or to a neighbour's addresses of the link are refused, unless a destination is such an address itself. */
function insideDenied(hosts: readonly string[], those = ''): string[] {
  if (hosts.some(isAddress) || hosts.includes('localhost')) return [];
  return ['to_localhost', 'to_linklocal'].map((inside) => `http_access deny ${those}${inside}`);
}

/** squid in front of another proxy: everything goes there and nothing is resolved here, but for what the user excepts from that proxy. */
function throughProxy(proxy: string, direct: readonly string[]): string[] {
  const { hostname, port, username, password, protocol } = parse(proxy);
  const login = username ? ` login=${username}:${password}` : '';
  const tls = protocol === 'https:' ? ' tls' : '';
  return [
    `cache_peer ${hostname} parent ${port || (tls ? '443' : '80')} 0 no-query no-digest default${login}${tls}`,
    ...(direct.length > 0 ? exceptions(direct) : []),
    'never_direct allow all',
  ];
}

function exceptions(hosts: readonly string[]): string[] {
  return [...hosts.map((host) => `acl direct dstdomain -n ${host}`), 'always_direct allow direct', ...insideDenied(hosts, 'direct ')];
}

/** An IPv6 address keeps its brackets: squid compares hosts as they are written in a URL. */
function destination(address: string): { host: string; port: string } {
  const { hostname, port, protocol } = parse(address);
  return { host: hostname, port: port || (protocol === 'http:' ? '80' : '443') };
}

/** What a URL parser lets through as host and credentials holds no white space, so no line of the file can become two. */
function parse(address: string): URL {
  const url = URL.parse(address);
  if (url && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new TypeError(
    'expected an http:// or https:// address for the egress proxy; check npm config get registry, HTTPS_PROXY and the apt sources',
  );
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}
