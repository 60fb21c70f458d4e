import { z } from 'zod';
import { LIMITS } from './limits.ts';

const UNITS: Record<string, number> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const ALLOWED = /^(?:rw|nosuid|nodev|noexec|exec|size=\d{1,6}[kmg]|mode=0?[0-7]{3,4}|uid=65532|gid=65532|nr_inodes=\d{1,4}k)$/;

/** Mount options of a tmpfs: always with a size within the cap, and never with devices or setuid programs. */
export const TmpfsOptions = z.string().superRefine((text, context) => {
  const options = text.split(',');
  const unknown = options.find((option) => !ALLOWED.test(option));
  if (unknown !== undefined) context.addIssue({ code: 'custom', message: `unknown tmpfs option ${JSON.stringify(unknown)}` });
  for (const needed of ['nosuid', 'nodev']) {
    if (!options.includes(needed)) context.addIssue({ code: 'custom', message: `tmpfs must be ${needed}` });
  }
  const sizes = options.filter((option) => option.startsWith('size='));
  if (sizes.length !== 1 || !(sizeInBytes(sizes[0] ?? '') <= LIMITS.tmpfsBytes)) {
    context.addIssue({ code: 'custom', message: `tmpfs must have one size of at most ${LIMITS.tmpfsBytes} bytes` });
  }
});

function sizeInBytes(option: string): number {
  const [, digits, unit] = /^size=(\d+)([kmg])$/.exec(option) ?? [];
  return Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
}
