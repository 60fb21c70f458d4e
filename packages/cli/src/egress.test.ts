import { describe, expect, it } from '@jest/globals';
import { egressRules } from './egress.ts';

const REACHED = {
  npmRegistry: 'https://registry.example.org/npm/',
  debianMirrors: ['http://mirror.example.org/debian', 'http://mirror.example.org/debian-security'],
};

describe('egress rules', () => {
  it('name each host once, and its port', () => {
    const lines = egressRules(REACHED).split('\n');
    expect(lines.filter((line) => line.startsWith('acl allowed '))).toEqual([
      'acl allowed dstdomain -n mirror.example.org',
      'acl allowed dstdomain -n registry.example.org',
    ]);
    expect(lines.filter((line) => line.startsWith('acl allowed_ports'))).toEqual([
      'acl allowed_ports port 443',
      'acl allowed_ports port 80',
    ]);
  });
  it('refuse names that lead to the machine itself', () => {
    expect(egressRules(REACHED)).toContain('http_access deny to_localhost');
  });
  it('let a registry on this machine be reached when the user has one', () => {
    const lines = egressRules({ ...REACHED, npmRegistry: 'http://127.0.0.1:4873/' }).split('\n');
    expect(lines).toContain('acl allowed dstdomain -n 127.0.0.1');
    expect(lines).toContain('acl allowed_ports port 4873');
    expect(egressRules({ ...REACHED, npmRegistry: 'http://127.0.0.1:4873/' })).not.toContain('to_localhost');
  });
  describe('when the machine has a proxy of its own', () => {
    it('send everything there and nothing directly', () => {
      const rules = egressRules({ ...REACHED, upstreamProxy: 'http://ada:s3cret@proxy.example.org:8080' });
      expect(rules).toContain('cache_peer proxy.example.org parent 8080 0 no-query no-digest default login=ada:s3cret\n');
      expect(rules).toContain('never_direct allow all');
      expect(rules).not.toContain('direct dstdomain');
    });
    it('send nothing there that the user excepts, and let none of that lead to the machine itself', () => {
      const rules = egressRules({ ...REACHED, upstreamProxy: 'http://proxy.example.org:8080', noProxy: 'registry.example.org' });
      expect(rules.split('\n').filter((line) => /\bdirect\b/.test(line))).toEqual([
        'acl direct dstdomain -n registry.example.org',
        'always_direct allow direct',
        'http_access deny direct to_localhost',
        'http_access deny direct to_linklocal',
      ]);
    });
    it('write none of the words of the list of exceptions', () => {
      const rules = egressRules({ ...REACHED, upstreamProxy: 'http://proxy.example.org:8080', noProxy: '*\nhttp_access allow all' });
      expect(rules).not.toContain('http_access allow');
    });
  });
  it.each(['', 'ftp://x', 'registry.example.org', 'http://a b/'])('are not written for %p', (npmRegistry) => {
    expect(() => egressRules({ ...REACHED, npmRegistry })).toThrow('expected an http');
  });
  it('hold one line for each thing, whatever an address holds', () => {
    const rules = egressRules({
      ...REACHED,
      npmRegistry: 'https://registry.example.org/%0Ahttp_access%20allow%20all\nhttp_access allow all',
    });
    expect(rules).not.toContain('allow all');
  });
});
