/** Which rule a request broke. The set is closed: tests and the audit log rely on it. */
export type Rule =
  | 'ROUTE' // an operation that no client needs: exec, build, attach, commit, swarm, ...
  | 'ENCODING' // a request whose reading could differ between this filter and the engine
  | 'QUERY' // an unknown, repeated or malformed query parameter
  | 'BODY' // not JSON, too large, a key twice
  | 'SCHEMA' // a field that is unknown, or a value that weakens isolation
  | 'OWNERSHIP' // a container or volume that belongs to somebody else
  | 'IMAGE' // an image that is not on this client's list
  | 'NETWORK' // a network that is not on this client's list
  | 'REVISION' // a replica other than a deployed one
  | 'VOLUME' // a volume that does not exist or is not the client's own
  | 'QUOTA'; // more containers, volumes or connections than a client may hold

/** A request that the filter does not pass on. Clients see it as the engine's own form of error: 403 and `{"message"}`. */
export class Refusal extends Error {
  readonly rule: Rule;

  constructor({ rule, message, cause }: { rule: Rule; message: string; cause?: unknown }) {
    super(`engine-filter refused this (${rule}): ${message}`, { cause });
    this.name = 'Refusal';
    this.rule = rule;
  }
}
