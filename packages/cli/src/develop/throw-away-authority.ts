import { issueIntermediate, issueLeaf, issueRoot, type KeyAndCertificate } from '../ca/certificates.ts';

/** A certificate authority that lives as long as this process: nobody else trusts it, and its key is never written. */
export interface ThrowAwayAuthority {
  /** PEM, for `curl --cacert` */
  readonly root: string;
  /** a certificate for `localhost` and 127.0.0.1 */
  issue(): Promise<KeyAndCertificate>;
  /** an intermediate, for an identity service that ends with the session */
  intermediate(): Promise<KeyAndCertificate>;
}

export async function throwAwayAuthority(): Promise<ThrowAwayAuthority> {
  const root = await issueRoot();
  return {
    root: root.cert,
    issue: async () => issueLeaf(root.key, ['localhost', '127.0.0.1']),
    intermediate: async () => issueIntermediate(root.key),
  };
}
