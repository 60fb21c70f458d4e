import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readComposeFile } from '@seaworthy/policy/runtime';
import { loadServiceCards } from '@seaworthy/supply-chain/build';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mainInstance } from '../src/instance.ts';
import type { Instance } from '../src/instance.ts';
import { REPOSITORY } from '../src/host/paths.ts';
import { contentVariables, keepContents } from '../src/start/contents.ts';

/** What the operator writes, and a service reads once. */
const READ_ONCE = /^([\w-]+):\/run\/seaworthy\/(?:secrets|trust):ro$/;

describe('services with secrets of their own', () => {
  let instance: Instance;
  beforeEach(() => {
    instance = { ...mainInstance(REPOSITORY, {}), stateDir: mkdtempSync(join(tmpdir(), 'seaworthy-contents-')) };
  });
  afterEach(() => rmSync(instance.stateDir, { recursive: true }));

  /** What compose is told of that service while its volume holds this. */
  const toldOf = (service: string, volume: string, content: string): string | undefined => {
    keepContents(instance, { [volume]: { file: content } });
    return contentVariables(instance)[`SEAWORTHY_CONTENT_${service.toUpperCase().replaceAll('-', '_')}`];
  };

  it('are started anew when one of these changes, as the cards name them', async () => {
    const compose = await readComposeFile(join(REPOSITORY, 'compose.yaml'));
    const read = (await loadServiceCards(REPOSITORY)).flatMap(({ name }) =>
      ((compose[name]?.volumes ?? []) as string[]).flatMap((volume) => {
        const [, source] = READ_ONCE.exec(volume) ?? [];
        return source === undefined ? [] : [{ name, source }];
      }),
    );
    expect(read).toContainEqual({ name: 'catalog', source: 'catalog-secrets' });
    expect(read.filter(({ name, source }) => toldOf(name, source, 'one') === toldOf(name, source, 'two'))).toEqual([]);
  });
});
