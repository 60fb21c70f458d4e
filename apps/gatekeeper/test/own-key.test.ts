import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKeys } from '@seaworthy/supply-chain';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requireTrustedKey } from '../src/promotions/own-key.ts';

const mine = generateSigningKeys();
const other = generateSigningKeys();
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'seaworthy-own-key-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function check(signers: object | undefined, signingKey = mine.privateKey): Promise<void> {
  const trustFile = join(dir, 'trust.json');
  await (signers ? writeFile(trustFile, JSON.stringify({ signers })) : rm(trustFile, { force: true }));
  await requireTrustedKey({ trustFile, signingKey });
}

describe('requireTrustedKey', () => {
  it.each([
    ['it is trusted', { gatekeeper: mine.publicKey }],
    ['it is one of two, while one replaces the other', { gatekeeper: [other.publicKey, mine.publicKey] }],
  ])('lets the gatekeeper start when %s', async (_what, signers) => {
    await expect(check(signers)).resolves.toBeUndefined();
  });
  it.each([
    ['another is trusted', { gatekeeper: other.publicKey }],
    ['it is trusted for somebody else', { pipeline: mine.publicKey }],
    ['nobody is', {}],
    ['there is no trust.json', undefined],
  ])('refuses with CONFIG_INVALID when %s, and shows no key', async (_what, signers) => {
    const error: unknown = await check(signers).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(error)).not.toContain('BEGIN');
  });
});
