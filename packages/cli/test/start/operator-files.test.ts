import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mainInstance } from '../../src/instance.ts';
import { operatorFiles } from '../../src/start/operator-files.ts';

const AUTHORITY = '-----BEGIN CERTIFICATE-----\nY29tcGFueQ==\n-----END CERTIFICATE-----\n';
/** public half of a key that was made for this test and thrown away */
const ARCHIVE_KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

xjMEaVW5ABYJKwYBBAHaRw8BAQdALgsO5eVK0x3qiE5BibvxVEiDDEbE3oRm
/L11j7FGzmTNDFRlc3QgQXJjaGl2ZcLAEwQTFgoAhQWCaVW5AAMLCQcJEBgy
GgWXQ0MyRRQAAAAAABwAIHNhbHRAbm90YXRpb25zLm9wZW5wZ3Bqcy5vcmfo
frAWly2iW5qGlFBseZKox8ZjlOf04fyr8y3/RBQg1gUVCggODAQWAAIBAhkB
ApsDAh4BFiEEbPMVnezOg1XoZcc8GDIaBZdDQzIAAFd2AP9XrwFBXxyXhyrs
yJIJQH0lrp7BzuhTuJgtdH6uiR78kAD/S/8EwJND02sClLy48GYNYMDKc/56
9ro9WQ7jv+10dg3OOARpVbkAEgorBgEEAZdVAQUBAQdApXj8cOTDXvSxec0/
0SnVojJs49Aiv7WNFWWX0ZmwzjUDAQgHwr4EGBYKAHAFgmlVuQAJEBgyGgWX
Q0MyRRQAAAAAABwAIHNhbHRAbm90YXRpb25zLm9wZW5wZ3Bqcy5vcmfa20W1
5y+72VjWB7x9s1tZfHvk+9NPoyy/1fh/uOZiMgKbDBYhBGzzFZ3szoNV6GXH
PBgyGgWXQ0MyAAA4ZAD/Unux/SkZYTq/Tqhilmh4ynj+kP32FM+m89Uz+bdC
CtwA/3PJjg8T0NCDM8ftiI1erRwgkmuwPXk1pkn+bnPn3KkF
=EcpK
-----END PGP PUBLIC KEY BLOCK-----`;

describe('what the platform is told of a company’s network', () => {
  let folder: string;
  let files: Awaited<ReturnType<typeof operatorFiles>>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-company-'));
    writeFileSync(join(folder, 'keys.asc'), ARCHIVE_KEY);
    writeFileSync(join(folder, 'company.pem'), AUTHORITY);
    const env = {
      npm_lifecycle_event: 'start',
      npm_config_registry: 'https://ada:s3cret1@reg.example/npm/?s3cret2',
      npm_config_cafile: join(folder, 'company.pem'),
      npm_config_https_proxy: 'http://ada:s3cret3@proxy.example:3128',
      npm_config_noproxy: 'reg.example',
      'npm_config_//reg.example/:_authToken': 's3cret4',
      NPM_TOKEN: 's3cret5',
      SEAWORTHY_DEBIAN_MIRROR: 'http://mirror.example/debian',
      SEAWORTHY_DEBIAN_SECURITY_MIRROR: 'http://mirror.example/debian-security',
      SEAWORTHY_DEBIAN_KEYRING: join(folder, 'keys.asc'),
    };
    files = await operatorFiles(mainInstance('/clone', {}), { toolbox: 'sha256:0', bases: {} }, undefined, env);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reaches jobs: registry, mirrors, authority, and the archive’s keys in the form that they read', () => {
    expect(JSON.parse(String(files.pipeline['pipeline.json']))).toMatchObject({
      npmRegistry: 'https://reg.example/npm/',
      debianMirror: 'http://mirror.example/debian',
      securityMirror: 'http://mirror.example/debian-security',
    });
    expect(String(files.pipeline['ca.pem'])).toBe(AUTHORITY);
    // RFC 9580, 4.2: a packet's first bit is set, as it is in no letter of an armoured one
    expect(Buffer.from(files.pipeline['debian-archive-keyring.gpg'] ?? '').at(0)).toBeGreaterThan(0x7f);
  });

  it('is no password and no token, but for the proxy’s, which its own way out has alone', () => {
    const { egress, ...others } = files;
    const told = (volumes: object): string =>
      Object.values(volumes)
        .flatMap((volume: object) => Object.values(volume))
        .map(String)
        .join('\n');
    expect(told(others)).not.toMatch(/s3cret|ada/);
    expect(told({ egress }).match(/s3cret\d/g)).toEqual(['s3cret3']);
  });

  it('is the user’s own exception from the proxy', () => {
    expect(files.egress['allow.conf']).toContain('acl direct dstdomain -n reg.example\nalways_direct allow direct\n');
  });
});
