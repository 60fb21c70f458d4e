import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ScanSource } from '@seaworthy/policy';
import { z } from 'zod';

import type { ScanResult } from './osv.ts';

const Answers = z.object({ npm: z.string().optional(), debian: z.string().optional() });

/** When each source answered last, RFC 3339. */
export type LastAnswers = Readonly<z.infer<typeof Answers>>;

/** What a scan says of its source, without the findings. */
type Said = Pick<ScanResult, 'source' | 'status' | 'lastAnswer'>;

/** When each source of advisories answered last, in a file. One that is silent is `unavailable` since then, and never clean. */
export class AdvisorySources {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  lastAnswers(): LastAnswers {
    try {
      return Answers.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
    } catch {
      return {};
    }
  }

  /** Notes those whose answer the scan could read, as of when it says, else now; what came from the others was no answer. */
  record(scans: readonly Said[], now = new Date()): void {
    const answered = scans
      .filter(({ status }) => status === 'answered')
      .map(({ source, lastAnswer = now }) => [source, lastAnswer.toISOString()]);
    // written beside and renamed: half a file would say that no source has ever answered, which is excused
    writeFileSync(`${this.#file}.new`, JSON.stringify({ ...this.lastAnswers(), ...Object.fromEntries(answered) }));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** As scans take it. */
export function previousAnswer(last: LastAnswers, source: ScanSource): { previousAnswer?: Date } {
  const answered = last[source];
  return answered === undefined ? {} : { previousAnswer: new Date(answered) };
}
