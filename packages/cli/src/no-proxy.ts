/**
 * Whether a list of exceptions from a proxy (`NO_PROXY`, npm's `noproxy`) names a host, read as npm reads it: a name stands for all names
 * below it too, `*` for everything, and a port limits what it is written to. A network (`10.0.0.0/8`) names nobody: nothing is looked up.
 */
export function isExcepted({ host, port }: { readonly host: string; readonly port: string }, list: string): boolean {
  const wanted = bare(host);
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      const only = /(?:^[^:]*|\]):(\d+)$/.exec(entry)?.[1];
      if (only !== undefined && only !== port) return false;
      const name = bare(only === undefined ? entry : entry.slice(0, -`:${only}`.length)).replace(/^\*?\./, '');
      return name === '*' || wanted === name || wanted.endsWith(`.${name}`);
    });
}

/** An IPv6 address without the brackets that it has in a URL. */
function bare(host: string): string {
  return host.replaceAll(/^\[|\]$/g, '');
}
