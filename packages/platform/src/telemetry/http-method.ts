/** The methods that OpenTelemetry's semantic conventions for HTTP (stable) know: those of RFC 9110, and PATCH. */
const KNOWN: ReadonlySet<string> = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/** A method as spans and metrics tell it: who asks may make one up, so what is not known has one name. */
export function methodOf(method: string): string {
  return KNOWN.has(method) ? method : '_OTHER';
}

/** The same, as the name of a span begins. */
export function methodInName(method: string): string {
  return KNOWN.has(method) ? method : 'HTTP';
}
