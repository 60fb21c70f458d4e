import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUDIENCE } from '@seaworthy/contracts';
import { workloadToken } from '@seaworthy/platform';
import { CLIENT_SECRETS, DEVELOPER, startIdentity, type RunningIdentity } from './identity.fixture.ts';

const LONG = 'x'.repeat(9_000);
const REDIRECT = 'http://127.0.0.1:4711/callback';
/** What takes the place of `name=value`. */
const WRONG: Readonly<Record<string, (name: string, value: string) => string>> = {
  missing: () => '',
  empty: (name) => `${name}=`,
  'too long': (name) => `${name}=${LONG}`,
  'with a null byte': (name, value) => `${name}=${value}%00`,
  'not UTF-8': (name) => `${name}=%ff%fe`,
  'half an escape': (name) => `${name}=%`,
  repeated: (name, value) => `${name}=${value}&${name}=${value}`,
  'a list': (name, value) => `${name}[]=${value}`,
};

/** Forms with one field wrong, each field in every way. */
function wrongForms(right: Readonly<Record<string, string>>): [what: string, form: string][] {
  const fields = Object.entries(right).map(([name, value]): [string, string] => [name, encodeURIComponent(value)]);
  return fields.flatMap(([name]) =>
    Object.entries(WRONG).map(([what, wrong]): [string, string] => [
      `${name} is ${what}`,
      fields.map(([other, value]) => (other === name ? wrong(name, value) : `${other}=${value}`)).join('&'),
    ]),
  );
}

/** The forms that people, workloads and whoever holds a token send: what is wrong with one of them is theirs, and none of it is repeated. */
describe('identity, when a form is wrong', () => {
  let identity: RunningIdentity;
  beforeAll(async () => {
    identity = await startIdentity();
  });
  afterAll(() => identity.stop());

  const tokenOf = async (clientId: 'catalog') =>
    workloadToken({ identityUrl: identity.url, clientId, clientSecret: CLIENT_SECRETS[clientId], fetch: identity.fetch })();
  type Headers = Record<string, string>;
  const post = async (path: string, body: string | Buffer, headers: Headers = {}) =>
    identity.fetch(`${identity.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });
  /** What is not refused as it should be: one line each. */
  const faultOf = async (what: string, answer: Awaited<ReturnType<typeof post>>): Promise<string[]> => {
    const [status, told] = [answer.status, await answer.text()];
    if (status < 400 || status >= 500) return [`${what}: expected to be refused, found ${status} ${told.slice(0, 200)}`];
    return /x{100}|node_modules|\.[jt]s:|correct horse|-xxxx/.test(told)
      ? [`${what}: expected nothing to be told, found ${told.slice(0, 200)}`]
      : [];
  };
  const faults = async (path: string, right: Readonly<Record<string, string>>, headers: Headers = {}): Promise<string[]> => {
    const found: string[] = [];
    for (const [what, form] of wrongForms(right)) {
      found.push(...(await faultOf(what, await post(path, form, headers))));
    }
    return found;
  };
  /** A login that has begun: where, and the cookies that belong to it. */
  const begin = async (): Promise<{ path: string; cookie: string }> => {
    const search = new URLSearchParams({
      client_id: 'seaworthy-cli',
      response_type: 'code',
      redirect_uri: REDIRECT,
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    }).toString();
    const begun = await identity.fetch(`${identity.url}/people/auth?${search}`, { redirect: 'manual' });
    const cookies = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
    return { path: begun.headers.get('location') ?? '', cookie: cookies.join('; ') };
  };

  it('lets nobody log in, whatever was typed', async () => {
    const { path, cookie } = await begin();
    const right = { name: DEVELOPER.name, password: DEVELOPER.password };
    expect(await faults(path, right, { cookie })).toEqual([]);
    expect((await post(path, new URLSearchParams(right).toString(), { cookie })).status).toBe(303);
  });

  it('knows no login by a name that is none', async () => {
    const { cookie } = await begin();
    const form = new URLSearchParams({ name: DEVELOPER.name, password: DEVELOPER.password }).toString();
    for (const uid of ['%00', '%ff%fe', '%', LONG, '..%2f..'])
      expect(await faultOf(uid, await post(`/people/interaction/${uid}`, form, { cookie }))).toEqual([]);
  });

  it('gives a person no token', async () => {
    const right = {
      grant_type: 'authorization_code',
      client_id: 'seaworthy-cli',
      code: 'a-code-of-nobody',
      redirect_uri: REDIRECT,
      code_verifier: 'v'.repeat(43),
    };
    expect(await faults('/people/token', right)).toEqual([]);
  });

  describe('at the issuer for workloads', () => {
    const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;
    const own = basic(`catalog:${CLIENT_SECRETS.catalog}`);

    it('gives no token for another grant or audience', async () => {
      const right = { grant_type: 'client_credentials' };
      expect(await faults('/workloads/token', right, { authorization: own })).toEqual([]);
      const bad = ['%00', '%ff%fe', LONG, `${encodeURIComponent(AUDIENCE)}%00`, 'https%3A%2F%2Fbank.example'];
      for (const resource of bad) {
        const form = `grant_type=client_credentials&resource=${resource}`;
        expect(await faultOf(resource, await post('/workloads/token', form, { authorization: own }))).toEqual([]);
      }
      expect((await post('/workloads/token', 'grant_type=client_credentials', { authorization: own })).status).toBe(200);
    });

    it('knows nobody by a secret that is wrong', async () => {
      const bad = {
        missing: '',
        'no base64': 'Basic ???',
        'without a colon': basic('catalog'),
        'with a null byte': basic(`catalog:${CLIENT_SECRETS.catalog}\0`),
        'not UTF-8': basic(Buffer.from([0xff, 0xfe, 0x3a, 0xff])),
        'half an escape': basic('catalog:%'),
        'too long': basic(`catalog:${LONG}`),
        'of another kind': `Bearer ${CLIENT_SECRETS.catalog}`,
      };
      for (const [what, authorization] of Object.entries(bad))
        expect(await faultOf(what, await post('/workloads/token', 'grant_type=client_credentials', { authorization }))).toEqual([]);
    });
  });

  it('takes it in UTF-8, and nowhere but where one is meant', async () => {
    expect((await post('/revocations', Buffer.from([0x74, 0x3d, 0xff, 0xfe]))).status).toBe(400);
    const { path, cookie } = await begin();
    expect((await post(path, Buffer.from([0x6e, 0x3d, 0xff, 0xfe]), { cookie })).status).toBe(400);
    const token = { authorization: `Bearer ${await tokenOf('catalog')}` };
    expect((await post('/certificates', 'csr=none', token)).status).toBe(415);
  });

  it('revokes nothing', async () => {
    // what is text and no token is answered as if it had been revoked, the hint is nobody's duty, and members more are ignored (RFC 7009)
    const taken = ['token is half an escape', 'token_type_hint is missing', 'token_type_hint is a list'];
    expect(await faults('/revocations', { token: 'a-token', token_type_hint: 'access_token' })).toEqual(
      taken.map((what) => `${what}: expected to be refused, found 200 {}`),
    );
    expect(await (await identity.fetch(`${identity.url}/revocations`)).json()).toMatchObject({ revoked: [] });
  });
});
