import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AllowedSigners } from '../src/source/allowed.signers.ts';
import { readCommit } from '../src/source/commit.object.ts';
import { verifySignature } from '../src/source/commit.signature.ts';

/** Made by git and ssh-keygen: what others sign is what has to be understood. */
const SIGNED = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/signed-commits.json'), 'utf8')) as Record<
  string,
  { object: string[]; key: string }
>;
const KINDS = ['ed25519', 'ecdsa', 'rsa'];
const ID = 'a'.repeat(40);
const textOf = (kind: string): string => (SIGNED[kind]?.object ?? []).join('\n');
const keyOf = (kind: string): string => SIGNED[kind]?.key ?? '';
const verdict = (text: string, list: string, required = false) =>
  verifySignature(readCommit(ID, Buffer.from(text)), { signers: new AllowedSigners(list), required });
const code = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};
const UNSIGNED = textOf('ed25519').replace(/gpgsig [^]*?SIGNATURE-----\n(?=\n)/, '');
const PGP = UNSIGNED.replace('\n\n', '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQIz\n -----END PGP SIGNATURE-----\n\n');

describe('the signature of a commit', () => {
  describe.each(KINDS)('by a key of the kind %s', (kind) => {
    const list = `# who may sign\nada@example.org namespaces="git" ${keyOf(kind)} comment\n`;

    it('is verified, and says whose it is', () => {
      expect(verdict(textOf(kind), list)).toEqual({ status: 'verified', signer: 'ada@example.org' });
      expect(verdict(textOf(kind), list, true)).toEqual({ status: 'verified', signer: 'ada@example.org' });
    });
    it('is refused when it is by a key that the list does not name', () => {
      const others = KINDS.filter((one) => one !== kind).map((one) => `bob@example.org ${keyOf(one)}`);
      expect(code(() => verdict(textOf(kind), others.join('\n')))).toBe('SIGNATURE_UNTRUSTED');
    });
    it.each([
      ['the message', (text: string) => text.replace('signed by', 'Signed by')],
      ['the tree', (text: string) => text.replace('tree 4b', 'tree 5b')],
      ['the author', (text: string) => text.replace('author Ada', 'author Bob')],
      [
        'the signature',
        (text: string) =>
          text.replace(/(\n [A-Za-z0-9+/=]{10})(.)/, (_all, before: string, one: string) => before + (one === 'A' ? 'B' : 'A')),
      ],
    ])('is refused when %s was altered after it, whoever is on the list', (_what, alter) => {
      const altered = alter(textOf(kind));
      expect(altered).not.toBe(textOf(kind));
      expect(code(() => verdict(altered, list))).toBe('SIGNATURE_INVALID');
      expect(code(() => verdict(altered, ''))).toBe('SIGNATURE_INVALID');
    });
  });

  describe('when the list names the time in which a key counts', () => {
    const at = (options: string) => code(() => verdict(textOf('ed25519'), `ada@example.org ${options} ${keyOf('ed25519')}`));
    it('counts in it', () => expect(at('valid-after="20261101",valid-before="20261102"')).toMatchObject({ status: 'verified' }));
    it('does not before', () => expect(at('valid-after="20261102"')).toBe('SIGNATURE_UNTRUSTED'));
    it('counts in it beside a list of namespaces, as ssh-keygen(1) writes one', () => {
      expect(at('namespaces="git,file"')).toMatchObject({ status: 'verified' });
      expect(at('valid-after="20261101",namespaces="file,git",valid-before="20261102"')).toMatchObject({ status: 'verified' });
      expect(at('namespaces="git,file",valid-after="20261102"')).toBe('SIGNATURE_UNTRUSTED');
    });
    it('does not after', () => expect(at('valid-before="202611011200"')).toBe('SIGNATURE_UNTRUSTED'));
  });

  describe('when nobody is on the list yet', () => {
    it('is recorded as unknown, also when it is not SSH’s', () => {
      expect(verdict(textOf('rsa'), '')).toEqual({ status: 'unknown' });
      expect(verdict(PGP, '')).toEqual({ status: 'unknown' });
    });
    it('is refused all the same where the policy asks for one', () => {
      expect(code(() => verdict(textOf('rsa'), '', true))).toBe('SIGNATURE_UNTRUSTED');
    });
  });

  it('is refused when it is not SSH’s, once somebody is on the list', () => {
    expect(code(() => verdict(PGP, `ada@example.org ${keyOf('rsa')}`))).toBe('SIGNATURE_UNTRUSTED');
  });
  it('is recorded as absent when there is none, and refused where the policy asks for one', () => {
    expect(verdict(UNSIGNED, '')).toEqual({ status: 'absent' });
    expect(code(() => verdict(UNSIGNED, '', true))).toBe('SIGNATURE_MISSING');
  });
});

describe('infra/policies/allowed-signers', () => {
  it('is one as it is shipped, and names nobody', () => {
    const shipped = readFileSync(join(import.meta.dirname, '../../../infra/policies/allowed-signers'), 'utf8');
    expect(new AllowedSigners(shipped).isEmpty).toBe(true);
  });
  it.each([
    ['a pattern', `*@example.org ${keyOf('ed25519')}`],
    ['a certificate authority', `ada cert-authority ${keyOf('ed25519')}`],
    ['another namespace alone', `ada namespaces="file" ${keyOf('ed25519')}`],
    ['two other namespaces', `ada namespaces="file,email" ${keyOf('ed25519')}`],
    ['a namespace that is taken out again', `ada namespaces="git,!git" ${keyOf('ed25519')}`],
    ['a certificate authority after other options', `ada namespaces="git,file",cert-authority ${keyOf('ed25519')}`],
    ['a certificate authority before other options', `ada cert-authority,namespaces="git" ${keyOf('ed25519')}`],
    ['options with nothing between two commas', `ada namespaces="git",,valid-after="20261101" ${keyOf('ed25519')}`],
    ['options without a comma', `ada namespaces="git"valid-after="20261101" ${keyOf('ed25519')}`],
    ['an open quote', `ada namespaces="git,file ${keyOf('ed25519')}`],
    ['no key', 'ada'],
    ['a kind that is not known', 'ada ssh-dss AAAAB3NzaC1kc3MAAACBAP'],
    ['a time that is none', `ada valid-before="tomorrow" ${keyOf('ed25519')}`],
  ])('is refused with %s in it', (_what, line) => {
    expect(code(() => new AllowedSigners(line))).toBe('SIGNERS_MALFORMED');
  });
});

describe('who wrote a commit', () => {
  const withAuthor = (author: string) => UNSIGNED.replace(/^author .*$/m, `author ${author}`);
  it('is read', () => {
    expect(readCommit(ID, Buffer.from(withAuthor('Zoë Ωmega <z@example.org> 1793534400 +0100'))).author).toEqual({
      name: 'Zoë Ωmega',
      email: 'z@example.org',
      at: new Date('2026-11-01T12:00:00Z'),
    });
  });
  it.each([
    ['no name', ' <a@example.org> 1 +0000'],
    ['no address', 'Ada <> 1 +0000'],
    ['an address without a host', 'Ada <ada> 1 +0000'],
    ['no time', 'Ada <a@example.org>'],
    ['an escape sequence', 'A\u001b[2Jda <a@example.org> 1 +0000'],
    ['letters that run backwards', 'A\u202eda <a@example.org> 1 +0000'],
    ['two of them', 'Ada <a@example.org> 1 +0000\nauthor Bob <b@example.org> 1 +0000'],
  ])('is refused with %s', (_what, author) => {
    expect(code(() => readCommit(ID, Buffer.from(withAuthor(author))))).toBe('AUTHOR_MALFORMED');
  });
});
