/** Who is asking, as a verified access token says. */
export interface Identity {
  kind: 'person' | 'workload';
  /** account name of a person, client id of a workload */
  name: string;
  /** roles of a person; workloads have none, they are named in tables */
  roles: readonly string[];
  /** end of the token, seconds since the epoch */
  expires: number;
  /** `jti` of the token: by this it is revoked, which matters to what outlives the request that showed it */
  readonly tokenId: string;
  /** `kid` of the key that signed it: its issuer may withdraw that */
  readonly keyId?: string;
}
