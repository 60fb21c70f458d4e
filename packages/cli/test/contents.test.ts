import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mainInstance } from '../src/instance.ts';
import type { Instance } from '../src/instance.ts';
import { REPOSITORY } from '../src/host/paths.ts';
import { contentVariables, keepContents } from '../src/start/contents.ts';

describe('what the volumes of services hold', () => {
  let instance: Instance;
  beforeEach(() => {
    instance = { ...mainInstance(REPOSITORY, {}), stateDir: mkdtempSync(join(tmpdir(), 'seaworthy-contents-')) };
  });
  afterEach(() => rmSync(instance.stateDir, { recursive: true }));

  const keep = (files: Record<string, string>, trust = 'root'): Record<string, string> => {
    keepContents(instance, { 'identity-secrets': files, trust: { 'root.pem': trust } });
    return contentVariables(instance);
  };

  it('has the same hash as long as nothing changes', () => {
    expect(keep({ 'intermediate.pem': 'one' })).toEqual(keep({ 'intermediate.pem': 'one' }));
  });

  it('has another hash for the service alone whose secret changed', () => {
    const before = keep({ 'intermediate.pem': 'one' });
    const after = keep({ 'intermediate.pem': 'two' });
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(['SEAWORTHY_CONTENT_IDENTITY']);
  });

  it('has another hash for everyone who trusts the root when that changed', () => {
    const before = keep({});
    const after = keep({}, 'another root');
    for (const service of ['identity', 'pipeline', 'catalog', 'edge'])
      expect(after[`SEAWORTHY_CONTENT_${service.toUpperCase()}`]).not.toBe(before[`SEAWORTHY_CONTENT_${service.toUpperCase()}`]);
  });

  it('reaches compose: each service is labelled with its own', () => {
    const compose = readFileSync(join(REPOSITORY, 'compose.yaml'), 'utf8');
    const names = Object.keys(keep({}));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(compose.split(`dev.seaworthy.content: '\${${name}:-}'`)).toHaveLength(2);
  });

  it('is nothing, and no failure, when a start was killed before it was noted', () => {
    expect(contentVariables(instance)).toEqual({});
  });
});
