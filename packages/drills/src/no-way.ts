/**
 * How dialling, and asking for a name, end where there is no way. Anything else proves no wall: a connection that stands is a way, whatever is
 * said on it; so is a host that refuses one (here `REFUSED`, since a name server that is not there refuses too); and an attack of which
 * nobody knows how it ended may not have taken place.
 */
const NO_WAY: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  // of names: no name server, no such name, none that may be known here
  'EAI_AGAIN',
  'ENOTFOUND',
  'ECONNREFUSED',
  'ESERVFAIL',
  'EREFUSED',
  'ENODATA',
  'ETIMEOUT',
]);

/** @throws Error unless each of these ended as it does where there is no way */
export function proveNoWay(results: readonly (readonly [what: string, result: string])[]): void {
  const strange = results.filter(([, result]) => !NO_WAY.has(result)).map(([what, result]) => `${what}: ${result}`);
  if (strange.length > 0) throw new Error(`expected each attempt to find no way, found ${strange.join(', ')}`);
}
