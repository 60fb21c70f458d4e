import { describe, expect, it } from '@jest/globals';
import { readRequest, withoutMount } from './registry-request.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('readRequest', () => {
  describe('when it is in the specification', () => {
    it.each([
      ['GET', '/v2/', { kind: 'base', action: 'none' }],
      ['GET', '/v2/_catalog?n=10', { kind: 'catalog', action: 'list' }],
      ['GET', '/v2/staging/catalog/manifests/main', { kind: 'manifest', repository: 'staging/catalog', reference: 'main', action: 'pull' }],
      ['PUT', `/v2/staging/catalog/manifests/${DIGEST}`, { kind: 'manifest', reference: DIGEST, action: 'push' }],
      ['DELETE', `/v2/staging/catalog/manifests/${DIGEST}`, { kind: 'manifest', action: 'delete' }],
      ['HEAD', `/v2/release/a/b/blobs/${DIGEST}`, { kind: 'blob', repository: 'release/a/b', action: 'pull' }],
      ['POST', `/v2/staging/x/blobs/uploads/?mount=${DIGEST}&from=release/y`, { kind: 'upload', action: 'push', mountFrom: 'release/y' }],
      ['PATCH', '/v2/staging/x/blobs/uploads/0c1e-42?_state=abc%3D%3D', { kind: 'upload', repository: 'staging/x', action: 'push' }],
      ['GET', '/v2/staging/x/tags/list?n=1&last=a', { kind: 'tags', action: 'pull' }],
      ['GET', `/v2/staging/x/referrers/${DIGEST}`, { kind: 'referrers', action: 'pull' }],
      ['GET', '/v2/staging/manifests/manifests/manifests', { kind: 'manifest', repository: 'staging/manifests', reference: 'manifests' }],
    ])('reads %s %s', (method, url, expected) => {
      expect(readRequest(method, url)).toMatchObject(expected);
    });
  });

  describe('when it plays tricks', () => {
    it.each([
      ['dots', '/v2/staging/../release/x/manifests/main'],
      ['encoded dots', '/v2/staging/%2e%2e/release/x/manifests/main'],
      ['an encoded slash', '/v2/staging%2Fx/manifests/main'],
      ['a double slash', '/v2/staging//x/manifests/main'],
      ['a leading double slash', '//v2/staging/x/manifests/main'],
      ['a backslash', '/v2/staging\\x/manifests/main'],
      ['three underscores', '/v2/staging/a___b/manifests/main'],
      ['a separator at the end', '/v2/staging/a-/manifests/main'],
      ['capitals', '/v2/Staging/x/manifests/main'],
      ['a null byte', '/v2/staging/x%00/manifests/main'],
      ['another algorithm', `/v2/staging/x/blobs/md5:${'a'.repeat(32)}`],
      ['a short digest', '/v2/staging/x/blobs/sha256:abc'],
      ['an absolute address', 'http://registry/v2/staging/x/manifests/main'],
      ['an unknown parameter', '/v2/staging/x/manifests/main?ns=docker.io'],
      ['a parameter twice', '/v2/_catalog?n=1&n=2'],
      ['another address', '/debug/vars'],
      ['a name that is too long', `/v2/staging/${'a'.repeat(300)}/manifests/main`],
    ])('knows nothing of %s', (_, url) => {
      expect(readRequest('GET', url)).toBeUndefined();
    });

    it.each([
      ['TRACE', '/v2/'],
      ['POST', '/v2/staging/x/manifests/main'],
      ['DELETE', '/v2/staging/x/tags/list'],
      ['POST', `/v2/staging/x/blobs/uploads/?mount=${DIGEST}&from=../../etc`],
      ['PUT', '/v2/staging/x/blobs/uploads/1?digest=sha512:1'],
    ])('knows nothing of %s %s', (method, url) => {
      expect(readRequest(method, url)).toBeUndefined();
    });
  });

  it('can forget where a blob was to be mounted from', () => {
    const request = readRequest('POST', `/v2/staging/x/blobs/uploads/?mount=${DIGEST}&from=release/y`);
    expect(withoutMount(request!)).toMatchObject({ target: '/v2/staging/x/blobs/uploads/', mountFrom: undefined });
  });
});
