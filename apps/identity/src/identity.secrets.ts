import { z } from 'zod';

const jwks = z.object({
  keys: z
    .array(
      z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), kid: z.string(), x: z.string(), y: z.string(), d: z.string() }).loose(),
    )
    .min(1),
});

/** `issuer-keys.json`: each issuer signs with keys of its own, so that one cannot speak for the other. */
export const issuerKeys = z.strictObject({ people: jwks, workloads: jwks, cookies: z.array(z.string().min(32)).min(1) });

/** `clients.json`: the workloads. */
export const workloadClients = z.array(z.strictObject({ id: z.string().min(1), secretSha256: z.string().regex(/^[0-9a-f]{64}$/) }));

/** `accounts.json`: the people. */
export const accounts = z.array(
  z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    roles: z.array(z.string()),
    password: z.strictObject({ salt: z.string().min(16), hash: z.string().length(43), cost: z.int().min(2 ** 14) }),
  }),
);

/** Names the file that is wrong, never what is in it. */
export function parseSecret<T>(name: string, schema: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`secret file ${name}: expected JSON, found something else; run npm start, which writes it`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const places = result.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new Error(`secret file ${name}: expected another form at ${places}; run npm start, which writes it`);
}
