import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const Answers = z.object({ npm: z.string().optional(), debian: z.string().optional() });
export type LastAnswers = z.infer<typeof Answers>;

/** When each source of advisories answered last. One that is silent is `unavailable` since then, and never clean. */
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

  record({ npm, debian }: { npm: boolean; debian: boolean }): void {
    const now = new Date().toISOString();
    writeFileSync(this.#file, JSON.stringify({ ...this.lastAnswers(), ...(npm ? { npm: now } : {}), ...(debian ? { debian: now } : {}) }));
  }
}
