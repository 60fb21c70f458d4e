import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { composeFacts } from '../../src/runtime/index.ts';
import { readComposeFile } from '../../src/runtime/compose-file.ts';
import type { ComposeService } from '../../src/runtime/compose-file.ts';
import { judgeContainer } from '../../src/runtime/index.ts';
import { loadRuntimePolicy } from '../../src/runtime/index.ts';
import type { RuntimePolicy } from '../../src/runtime/index.ts';
import { SeccompProfiles } from '../../src/runtime/index.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

describe('compose.yaml', () => {
  let policy: RuntimePolicy;
  let services: Readonly<Record<string, ComposeService>>;
  let profiles: SeccompProfiles;
  beforeAll(async () => {
    [policy, services, profiles] = await Promise.all([
      loadRuntimePolicy(ROOT),
      readComposeFile(resolve(ROOT, 'compose.yaml')),
      SeccompProfiles.load(resolve(ROOT, 'infra/seccomp')),
    ]);
  });

  it('meets the runtime profile, each of its containers', () => {
    const findings = Object.entries(services).flatMap(([name, service]) =>
      judgeContainer(policy, composeFacts(name, service, { folder: ROOT, profiles })),
    );
    expect(findings.map(({ message }) => message)).toEqual([]);
  });

  it('holds every container that the profile names, and no other', () => {
    expect(Object.keys(services).toSorted()).toEqual(Object.keys(policy.containers).toSorted());
  });

  it('names no image of a registry: a start fills in the id of each, which was verified', () => {
    // a variable without a default is read as its own name
    const others = Object.entries(services).filter(([, { image }]) => !/^[A-Z_]+_IMAGE$/.test(String(image)));
    expect(others.map(([name, { image }]) => ({ name, image }))).toEqual([]);
  });

  it('lets one container alone see the host: the engine filter', () => {
    const seeing = Object.entries(services).filter(
      ([name, service]) => composeFacts(name, service, { folder: ROOT, profiles }).hostPaths.length > 0,
    );
    expect(seeing.map(([name]) => name)).toEqual(['engine-filter']);
  });
});
