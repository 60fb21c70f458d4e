import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { manifests, pages, ROOT, sources, textOf } from './workspaces.ts';

/** Of the text that the Apache Software Foundation publishes. */
const APACHE_2 = 'cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30';
const TEXTS = [
  'compose.yaml',
  'CODEOWNERS',
  'infra/policies/allowed-signers',
  '.ci/run',
  ...globSync('{infra,pipelines}/**/*.*', { cwd: ROOT }),
];

describe('the licence', () => {
  it('is Apache-2.0, to the letter', () => {
    expect(createHash('sha256').update(textOf('LICENSE')).digest('hex')).toBe(APACHE_2);
  });

  it('is the one that every workspace names', () => {
    const others = manifests().filter(({ license }) => license !== 'Apache-2.0');
    expect(others.map(({ folder }) => folder)).toEqual([]);
    expect(JSON.parse(textOf('package.json'))).toMatchObject({ license: 'Apache-2.0' });
  });
});

describe('SECURITY.md', () => {
  const sections = new Map(
    textOf('SECURITY.md')
      .split(/^## /m)
      .map((section) => [section.split('\n', 1)[0], section] as const),
  );

  it('says how to report a weakness, in private', () => {
    expect(sections.get('How to report a weakness')).toContain('Report a vulnerability');
  });

  it('says where deliberate weakness may live: the drills, and the development loop', () => {
    const section = sections.get('Which weakness is deliberate, and where it may live');
    expect(section).toContain('**`packages/drills/`**');
    expect(section).toContain('`npm run dev`');
  });
});

describe('text', () => {
  it('is as .editorconfig says, also where no formatter looks: lines end alike, the last one too, and with no space', () => {
    const wrong = [...TEXTS, ...sources(), ...pages()].filter((file) => {
      const text = textOf(file);
      return text.includes('\r') || !text.endsWith('\n') || (!file.endsWith('.md') && /[ \t]$/m.test(text));
    });
    expect(wrong).toEqual([]);
  });

  it('is checked out so everywhere: other line ends are other digests, and a shell script that does not start', () => {
    expect(textOf('.gitattributes')).toMatch(/^\* text=auto eol=lf$/m);
  });
});

describe('.ci/run', () => {
  it('runs the tests as anybody runs them, and nothing else', () => {
    const commands = textOf('.ci/run')
      .split('\n')
      .filter((line) => /^[^#]/.test(line));
    expect(commands).toEqual(['set -euo pipefail', 'cd "$(dirname "${BASH_SOURCE[0]}")/.."', 'exec npm test --silent']);
  });
});
