/** What skopeo and podman are told: `policy.json` and a file of `registries.d` (containers-policy.json(5), containers-registries.d(5)). */
export type ContainersPolicy = { policyJson: string; registriesYaml: string };

/**
 * Accepts images of one scope when the key signed them under their own repository's name, and refuses everything else.
 *
 * @param scope `host:port/namespace`, for instance `registry.seaworthy.internal:5443/release`
 * @param aliases by a repository's name at another address of the registry, such as `localhost:5443/release/catalog`, the name that is signed.
 *   Whole namespaces cannot be renamed: `remapIdentity` wants a tag in what is signed.
 * @param publicKey PEM
 */
export function containersPolicy({
  scope,
  aliases = {},
  publicKey,
}: {
  scope: string;
  aliases?: Readonly<Record<string, string>>;
  publicKey: string;
}): ContainersPolicy {
  const signedAs = (signedIdentity: object): object[] => [
    { type: 'sigstoreSigned', keyData: Buffer.from(publicKey).toString('base64'), signedIdentity },
  ];
  const docker = Object.fromEntries([
    [scope, signedAs({ type: 'matchRepository' })],
    ...Object.entries(aliases).map(
      ([alias, dockerRepository]) => [alias, signedAs({ type: 'exactRepository', dockerRepository })] as const,
    ),
  ]);
  const policy = { default: [{ type: 'reject' }], transports: { docker } };
  const registries = Object.keys(docker).map((name) => `  ${JSON.stringify(name)}:\n    use-sigstore-attachments: true\n`);
  return { policyJson: `${JSON.stringify(policy, null, 2)}\n`, registriesYaml: `docker:\n${registries.join('')}` };
}
