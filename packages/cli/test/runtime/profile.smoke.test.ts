import { resolve } from 'node:path';
import { judgeContainer, inspectFacts, loadRuntimePolicy, SeccompProfiles } from '@seaworthy/policy/runtime';
import type { RuntimePolicy } from '@seaworthy/policy/runtime';
import { OWNER_LABEL } from '@seaworthy/contracts';
import Docker from 'dockerode';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { findEngine } from '../../src/host/engine/engine.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { instance } from '../smoke/ask.ts';

describe('the containers that run', () => {
  let policy: RuntimePolicy;
  let profiles: SeccompProfiles;
  let containers: Docker.ContainerInspectInfo[];
  beforeAll(async () => {
    [policy, profiles] = await Promise.all([loadRuntimePolicy(REPOSITORY), SeccompProfiles.load(resolve(REPOSITORY, 'infra/seccomp'))]);
    const { engine } = await findEngine();
    const docker = new Docker({ socketPath: engine?.socketPath ?? '' });
    const label = [`${OWNER_LABEL}=${instance.project}`, 'com.docker.compose.service'];
    const found = await docker.listContainers({ all: true, filters: { label } });
    containers = await Promise.all(found.map(async ({ Id }) => docker.getContainer(Id).inspect()));
  });

  it('meet the same runtime profile as compose.yaml, by the same rules', () => {
    const findings = containers.flatMap((container) => judgeContainer(policy, inspectFacts(container, profiles)));
    expect(findings.map(({ message }) => message)).toEqual([]);
  });

  it('are those that the profile names: all but those that migrate and go', () => {
    const services = new Set(containers.map(({ Config }) => Config.Labels['com.docker.compose.service'] ?? ''));
    const stays = (name: string): boolean => !name.endsWith('-migrate');
    const named = Object.keys(policy.containers).filter(stays);
    expect([...services].filter(stays).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(named.toSorted());
  });
});
