import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assemblerVersion } from '../build.record.ts';
import type { BuiltImage } from '../build.record.ts';
import { ImageError } from '../errors.ts';
import { loadContract } from './contract.schema.ts';
import { verifyContract } from './contract.verify.ts';

const RECORD_FILE = 'contract.json';

/**
 * Holds a built image against the contract beside its declaration. What was held already, with the same contract and the same code, is
 * not read again: unpacking all images takes seconds. Refuses with CONTRACT_VIOLATED.
 */
export async function requireContract({ name, layoutDir, manifestDigest }: BuiltImage, imageDir: string): Promise<void> {
  const contract = await loadContract(imageDir);
  const key = createHash('sha256')
    .update(JSON.stringify([await assemblerVersion(), manifestDigest, contract]))
    .digest('hex');
  const record = join(layoutDir, RECORD_FILE);
  if ((await readFile(record, 'utf8').catch(() => '')) === key) return;
  const violations = await verifyContract(layoutDir, contract);
  if (violations.length > 0) {
    throw new ImageError({
      code: 'CONTRACT_VIOLATED',
      message: `expected ${name} to keep infra/images/${name}/contract.yaml, found:\n${violations.map(({ message }) => `  ${message}`).join('\n')}\ncorrect image.yaml, or the contract if the promise itself is to change`,
    });
  }
  await writeFile(record, key);
}
