import { absolutePath, certificate, configGroup, privateKey, variable, wholeNumber, type Field } from '@seaworthy/platform';
import { z } from 'zod';

const DAY_S = 86_400;

const publicJwk = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), kid: z.string().min(1), x: z.string(), y: z.string() });
const jwks = z.object({ keys: z.array(publicJwk.extend({ d: z.string() })).min(1) });

/** Each issuer signs with keys of its own, so that one cannot speak for the other. */
const issuerKeys = z.strictObject({ people: jwks, workloads: jwks, cookies: z.array(z.string().min(32)).min(1) });

const clients = z.array(z.strictObject({ id: z.string().min(1), secretSha256: z.string().regex(/^[0-9a-f]{64}$/) }));

const accounts = z.array(
  z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    roles: z.array(z.string()),
    password: z.strictObject({
      salt: z.string().min(16),
      hash: z.string().length(43),
      cost: z
        .int()
        .min(2 ** 14)
        .max(2 ** 20),
    }),
  }),
);

/** Written by `npm start` into the secrets volume of this service. */
export class IdentityConfig extends configGroup({
  leafSeconds: variable('LEAF_LIFETIME_SECONDS', wholeNumber(15, 7 * DAY_S).default(DAY_S)),
  /** the one thing that it keeps: which tokens were revoked */
  dataDirectory: variable('DATA_DIRECTORY', absolutePath.default('/var/lib/seaworthy')),
  intermediateKey: secret('intermediate.key', privateKey),
  intermediate: secret('intermediate.pem', certificate),
  issuerKeys: secret('issuer-keys.json', json(issuerKeys)),
  clients: secret('clients.json', json(clients)),
  accounts: secret('accounts.json', json(accounts)),
}) {}

function secret<T>(name: string, schema: z.ZodType<T>): Field<T> {
  return { from: 'secret', name, schema };
}

/** A JSON file; what does not parse is told without a word of its content. */
function json<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}
