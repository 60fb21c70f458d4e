export interface Load {
  url: string;
  /** PEM file of the authority, for TLS */
  ca?: string;
  token: string;
  body: string;
  connections: number;
  requests: number;
}

export interface LoadResult {
  perSecond: number;
  answered: number;
  failed: number;
  /** ms */
  p99: number;
}
