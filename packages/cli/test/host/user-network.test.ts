import { describe, expect, it } from '@jest/globals';
import { userNetwork } from '../../src/host/user-network.ts';

/** as `npm run` exports its configuration */
const npm = (settings: Record<string, string>): NodeJS.ProcessEnv => ({
  npm_lifecycle_event: 'start',
  npm_config_registry: 'https://reg.example/',
  ...settings,
});

describe('the network of the user', () => {
  it.each([
    ['https://u:p@reg.example/?token', 'https://reg.example/'],
    ['https://reg.example/npm?token=s3cret#s3cret', 'https://reg.example/npm/'],
    ['https://s3cret@reg.example:8443/npm/', 'https://reg.example:8443/npm/'],
  ])('has the registry %s as %s, without what opens it', (registry, expected) => {
    expect(userNetwork(npm({ npm_config_registry: registry })).npmRegistry).toBe(expected);
  });

  it('is what npm says of it, before what the environment says', () => {
    const env = npm({
      npm_config_cafile: '/etc/corp.pem',
      npm_config_https_proxy: 'http://proxy.example:3128',
      npm_config_noproxy: '.inside.example',
      HTTPS_PROXY: 'http://other.example',
      NO_PROXY: 'other.example',
    });
    expect(userNetwork(env)).toEqual({
      npmRegistry: 'https://reg.example/',
      caFile: '/etc/corp.pem',
      httpsProxy: 'http://proxy.example:3128',
      noProxy: '.inside.example',
    });
  });

  it('is what the environment says where npm says nothing', () => {
    const env = npm({ NODE_EXTRA_CA_CERTS: '/etc/corp.pem', http_proxy: 'http://proxy.example:3128', no_proxy: 'inside.example' });
    expect(userNetwork(env)).toEqual({
      npmRegistry: 'https://reg.example/',
      caFile: '/etc/corp.pem',
      httpProxy: 'http://proxy.example:3128',
      noProxy: 'inside.example',
    });
  });

  it('is refused when npm names no registry', () => {
    expect(() => userNetwork(npm({ npm_config_registry: 'undefined' }))).toThrow(expect.objectContaining({ code: 'HOST_NOT_READY' }));
  });
});
