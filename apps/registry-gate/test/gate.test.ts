import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt, SignJWT } from 'jose';
import { codeOf, startGate, type RunningGate } from './gate.fixture.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const MANIFEST = '/v2/staging/catalog/manifests/main';

describe('the registry gate', () => {
  let gate: RunningGate;
  beforeAll(async () => {
    gate = await startGate();
  });
  afterAll(() => gate.stop());
  beforeEach(() => {
    gate.seen.length = 0;
    gate.behave((_, answer) => answer.end());
  });

  describe('when nobody asks', () => {
    it.each(['/v2/', MANIFEST, '/v2/_catalog', '/v2/nothing/such', `/v2/release/x/blobs/${DIGEST}`])(
      'challenges %s, and passes nothing on',
      async (path) => {
        const answer = await gate.call(path);
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toContain(`Bearer realm="${gate.url}/token",service="registry.seaworthy.internal"`);
        expect(await codeOf(answer)).toBe('UNAUTHORIZED');
        expect(gate.seen).toEqual([]);
      },
    );

    it.each([
      ['no credentials', undefined],
      ['an empty password', 'Basic YTo='],
      ['rubbish', 'Basic !!!'],
      ['a bearer', 'Bearer x'],
      ['no token', `Basic ${btoa('developer:password')}`],
    ])('gives no token for %s', async (_, authorization) => {
      const answer = await gate.fetch(`${gate.url}/token?service=registry.seaworthy.internal`, {
        headers: { ...(authorization && { authorization }) },
      });
      expect(answer.status).toBe(401);
    });

    it('gives no token for an identity that has ended', async () => {
      const authorization = `Basic ${btoa(`x:${await gate.identityToken('deploy', undefined, -60)}`)}`;
      expect((await gate.fetch(`${gate.url}/token?service=registry.seaworthy.internal`, { headers: { authorization } })).status).toBe(401);
    });
  });

  describe('when an identity asks for a token', () => {
    const accessOf = async (name: string, scopes: string[], roles?: string[]) => decodeJwt(await gate.token(name, scopes, roles))['access'];

    it('gives what the table grants of what was asked', async () => {
      expect(await accessOf('deploy', ['repository:release/catalog:pull,push'])).toEqual([
        { type: 'repository', name: 'release/catalog', actions: ['pull'] },
      ]);
      expect(await accessOf('pipeline', ['repository:staging/x:push,pull repository:release/y:pull'])).toHaveLength(2);
      expect(await accessOf('developer', ['registry:catalog:*', 'repository:release/x:*'], ['developer'])).toEqual([
        { type: 'registry', name: 'catalog', actions: ['*'] },
        { type: 'repository', name: 'release/x', actions: ['pull'] },
      ]);
    });

    it.each(['repository:staging/../release/x:pull', 'repository:release/x:', 'repository::pull', 'registry:catalog:delete', 'x', ''])(
      'makes nothing of %j',
      async (scope) => {
        expect(await accessOf('gatekeeper', [scope])).toEqual([]);
      },
    );

    it('lets it end after five minutes, and not after the identity', async () => {
      const { exp, iat } = decodeJwt(await gate.token('deploy', []));
      expect((exp ?? 0) - (iat ?? 0)).toBe(300);
      const identity = await gate.identityToken('deploy', undefined, 60);
      const authorization = `Basic ${btoa(`x:${identity}`)}`;
      const answer = await gate.fetch(`${gate.url}/token?service=registry.seaworthy.internal`, { headers: { authorization } });
      const { token, expires_in: expiresIn } = (await answer.json()) as { token: string; expires_in: number };
      expect(decodeJwt(token).exp).toBe(decodeJwt(identity).exp);
      expect(expiresIn).toBeLessThanOrEqual(60);
    });
  });

  describe('when the token is good', () => {
    it('passes the request on without the credentials, and the answer back', async () => {
      gate.behave((_, answer) =>
        answer.writeHead(200, { 'docker-content-digest': DIGEST, server: 'nginx', 'set-cookie': 'a=b' }).end('{}'),
      );
      const answer = await gate.call(MANIFEST, await gate.token('pipeline', ['repository:staging/catalog:pull']), {
        headers: { cookie: 'a=b', 'x-forwarded-for': '1.2.3.4', accept: 'x/y' },
      });
      expect([answer.status, await answer.text(), answer.headers.get('docker-content-digest')]).toEqual([200, '{}', DIGEST]);
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(answer.headers.get('server')).toBeNull();
      expect(Object.keys(gate.seen[0]?.headers ?? {}).toSorted()).toEqual(['accept', 'connection', 'host']);
    });

    it('rewrites addresses that the registry gives, so that they lead back here', async () => {
      gate.behave((_, answer) => answer.writeHead(202, { location: 'http://registry/v2/staging/x/blobs/uploads/1?_state=s' }).end());
      const answer = await gate.call('/v2/staging/x/blobs/uploads/', await gate.token('pipeline', ['repository:staging/x:push']), {
        method: 'POST',
      });
      expect(answer.headers.get('location')).toBe('/v2/staging/x/blobs/uploads/1?_state=s');
    });

    it('writes a line for each request and each token, in the quietest log as well', async () => {
      gate.behave((_, answer) => answer.end('12345'));
      await (
        await gate.call(`/v2/release/catalog/blobs/${DIGEST}`, await gate.token('deploy', ['repository:release/catalog:pull']))
      ).text();
      expect(gate.log().findLast(({ msg }) => msg === 'registry access')).toMatchObject({
        identity: 'workload:deploy',
        method: 'GET',
        kind: 'blob',
        repository: 'release/catalog',
        reference: DIGEST,
        status: 200,
        bytes: 5,
      });
      expect(gate.log().findLast(({ msg }) => msg === 'registry token')).toMatchObject({
        identity: 'workload:deploy',
        access: [{ name: 'release/catalog', actions: ['pull'] }],
      });
    });
  });

  describe('when the right is missing', () => {
    it.each([
      ['deploy', undefined, 'GET', MANIFEST],
      ['deploy', undefined, 'PUT', '/v2/release/catalog/manifests/main'],
      ['pipeline', undefined, 'PUT', '/v2/release/catalog/manifests/main'],
      ['image-builder', undefined, 'POST', '/v2/release/catalog/blobs/uploads/'],
      ['gatekeeper', undefined, 'DELETE', `/v2/release/catalog/manifests/${DIGEST}`],
      ['gatekeeper', undefined, 'GET', '/v2/_catalog'],
      ['developer', ['developer'], 'PUT', '/v2/staging/catalog/manifests/main'],
      ['developer', ['developer'], 'PUT', '/v2/release/catalog/manifests/main'],
      ['somebody', [], 'GET', '/v2/release/catalog/manifests/main'],
    ])('refuses %s %j to %s %s', async (name, roles, method, path) => {
      const answer = await gate.call(
        path,
        await gate.token(name, ['repository:staging/catalog:*', 'repository:release/catalog:*', 'registry:catalog:*'], roles),
        { method },
      );
      expect(answer.status).toBe(403);
      expect(await codeOf(answer)).toBe('DENIED');
      expect(gate.seen).toEqual([]);
      expect(gate.log().findLast(({ msg }) => msg === 'registry access')).toMatchObject({
        identity: `${roles ? 'person' : 'workload'}:${name}`,
        reason: 'DENIED',
        bytes: 0,
      });
    });
  });

  describe('when the token is for something else', () => {
    it('asks for another', async () => {
      const answer = await gate.call(MANIFEST, await gate.token('pipeline', ['repository:staging/other:pull']));
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('scope="repository:staging/catalog:pull",error="insufficient_scope"');
      expect(gate.seen).toEqual([]);
    });

    it("does not take an access token of the issuers, nor one that somebody else signed, nor none's", async () => {
      const forged = new SignJWT({
        kind: 'workload',
        roles: [],
        access: [{ type: 'repository', name: 'staging/catalog', actions: ['pull'] }],
      })
        .setProtectedHeader({ alg: 'HS256', typ: 'registry+jwt' })
        .setIssuer('registry.seaworthy.internal')
        .setAudience('registry.seaworthy.internal')
        .setSubject('pipeline')
        .setJti('x')
        .setExpirationTime('1h')
        .sign(randomBytes(32));
      const [, claims] = (await gate.token('pipeline', ['repository:staging/catalog:pull'])).split('.');
      const none = `${btoa('{"alg":"none","typ":"registry+jwt"}').replaceAll('=', '')}.${claims}.`;
      for (const token of [await gate.identityToken('pipeline'), await forged, none])
        expect((await gate.call(MANIFEST, token)).status).toBe(401);
      expect(gate.seen).toEqual([]);
    });
  });

  describe('when the access token behind it is revoked', () => {
    it('counts no longer, though its own end has not come, and says nothing while that cannot be known', async () => {
      const token = await gate.token('pipeline', ['repository:staging/catalog:pull']);
      expect((await gate.call(MANIFEST, token)).status).toBe(200);
      gate.revoked = new Set([String(decodeJwt(token)['source'])]);
      expect((await gate.call(MANIFEST, token)).status).toBe(401);
      gate.revoked = undefined;
      expect((await gate.call(MANIFEST, token)).status).toBe(503);
      gate.revoked = new Set();
      expect((await gate.call(MANIFEST, token)).status).toBe(200);
      expect(gate.seen).toHaveLength(2);
    });
  });

  describe('when a blob is to be mounted', () => {
    const mount = async (from: string) => {
      const token = await gate.token('pipeline', ['repository:staging/x:pull,push', `repository:${from}:pull`]);
      await gate.call(`/v2/staging/x/blobs/uploads/?mount=${DIGEST}&from=${from}`, token, { method: 'POST' });
      return gate.seen[0]?.url;
    };
    it('lets it be mounted from where it could be read', async () => expect(await mount('release/y')).toContain('from=release%2Fy'));
    it.each([
      ['application/x-www-form-urlencoded', 'staging/x'],
      ['multipart/form-data; boundary=x', 'staging/x'],
      ['application/x-www-form-urlencoded', 'staging/manifests/x'],
    ])('is not taken for a form, if it says %s, in %s', async (type, repository) => {
      const token = await gate.token('pipeline', [`repository:${repository}:push`]);
      const body = `mount=${DIGEST}&from=quarantine/y`;
      await gate.call(`/v2/${repository}/blobs/uploads/`, token, { method: 'POST', headers: { 'content-type': type }, body });
      expect(gate.seen.at(-1)?.headers['content-type']).toBe('application/octet-stream');
    });
    it('says of a manifest what the client says of it', async () => {
      const type = 'application/vnd.oci.image.manifest.v1+json';
      const token = await gate.token('pipeline', ['repository:staging/x:push']);
      await gate.call('/v2/staging/x/manifests/main', token, { method: 'PUT', headers: { 'content-type': type }, body: '{}' });
      expect(gate.seen.at(-1)?.headers['content-type']).toBe(type);
    });
    it('makes an ordinary upload of it otherwise', async () => expect(await mount('quarantine/y')).toBe('/v2/staging/x/blobs/uploads/'));
  });

  describe('when the table lets somebody delete', () => {
    it('passes that on', async () => {
      const file = join(mkdtempSync(join(tmpdir(), 'seaworthy-rights-')), 'rights.yaml');
      writeFileSync(file, 'workloads: { gatekeeper: { quarantine: [delete] } }');
      const other = await startGate(file);
      const token = await other.token('gatekeeper', ['repository:quarantine/x:delete']);
      const answer = await other.fetch(`${other.url}/v2/quarantine/x/manifests/${DIGEST}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      });
      await other.stop();
      expect([answer.status, other.seen[0]?.method]).toEqual([200, 'DELETE']);
    });
  });
});
