/** What skopeo and podman are told: `policy.json` and a file of `registries.d` (containers-policy.json(5), containers-registries.d(5)). */
export type ContainersPolicy = { policyJson: string; registriesYaml: string };

/**
 * Accepts images of one scope when the key signed them under their own repository's name, and refuses everything else.
 *
 * @param scope `host:port/namespace`, for instance `registry.seaworthy.internal:5443/release`
 * @param publicKey PEM
 */
export function containersPolicy({ scope, publicKey }: { scope: string; publicKey: string }): ContainersPolicy {
  const signed = {
    type: 'sigstoreSigned',
    keyData: Buffer.from(publicKey).toString('base64'),
    signedIdentity: { type: 'matchRepository' },
  };
  const policy = { default: [{ type: 'reject' }], transports: { docker: { [scope]: [signed] } } };
  const registries = ['docker:', `  ${JSON.stringify(scope)}:`, '    use-sigstore-attachments: true', ''];
  return { policyJson: `${JSON.stringify(policy, null, 2)}\n`, registriesYaml: registries.join('\n') };
}
