import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { size } from '../../ui/duration.ts';
import type { Finding } from './finding.ts';

/** Bytes. Measured: images, caches and databases of a first start, and as much again for the next images. */
const DISK = { needed: 3e9, comfortable: 6e9 };
const MEMORY = { needed: 1.5e9, comfortable: 4e9 };

/** Free space, where the clone lies and where the engine keeps its images. */
export async function examineDisk(paths: readonly string[], free: (path: string) => Promise<number> = freeBytes): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const path of paths) {
    findings.push(
      compare(
        `disk ${path}`,
        await free(path),
        DISK,
        'free disk',
        `free some space below ${path}: df -h ${path}; docker system df shows what the engine holds`,
      ),
    );
  }
  return findings;
}

/** Memory that can be had without swapping. */
export async function examineMemory(available: () => Promise<number> = availableMemory): Promise<Finding> {
  return compare('memory', await available(), MEMORY, 'free memory', 'close other programs, or give the virtual machine more memory');
}

function compare(id: string, found: number, limits: typeof DISK, what: string, remedy: string): Finding {
  const fact = { id, expected: `${size(limits.needed)} of ${what}, better ${size(limits.comfortable)}`, found: size(found) };
  if (found < limits.needed) return { ...fact, level: 'error', code: 'NO_SPACE', remedy };
  if (found < limits.comfortable) return { ...fact, level: 'warning', remedy };
  return { ...fact, level: 'ok' };
}

/** Of the first folder above it that exists: the engine's own may not yet. */
async function freeBytes(path: string): Promise<number> {
  let existing = path;
  while (!existsSync(existing) && existing !== dirname(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return bavail * bsize;
}

/** MemAvailable of proc(5): free memory plus what the page cache can give back. macOS: os.freemem() leaves that out, so half of all counts. */
async function availableMemory(): Promise<number> {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
    if (kilobytes) return Number(kilobytes) * 1024;
  } catch {
    // not Linux
  }
  return Math.max(freemem(), totalmem() / 2);
}
