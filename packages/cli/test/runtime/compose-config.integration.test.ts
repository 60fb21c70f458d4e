import { resolve } from 'node:path';
import { composeFacts, parseCompose, readComposeFile, SeccompProfiles } from '@seaworthy/policy/runtime';
import type { ComposeService } from '@seaworthy/policy/runtime';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../src/host/command.ts';
import { findCompose } from '../../src/host/compose/compose.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

describe('our reading of compose.yaml', () => {
  let ours: Readonly<Record<string, ComposeService>>;
  let composes: Readonly<Record<string, ComposeService>>;
  let profiles: SeccompProfiles;
  beforeAll(async () => {
    profiles = await SeccompProfiles.load(resolve(REPOSITORY, 'infra/seccomp'));
    ours = await readComposeFile(resolve(REPOSITORY, 'compose.yaml'));
    const [program, ...words] = ((await findCompose())?.command ?? ['docker', 'compose']) as [string, ...string[]];
    const images = Object.keys(ours).map((name) => [`${name.toUpperCase().replaceAll('-', '_')}_IMAGE`, 'image']);
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      SQUID_IMAGE: 'image',
      HAPROXY_IMAGE: 'image',
      ...Object.fromEntries(images),
    };
    const file = resolve(REPOSITORY, 'compose.yaml');
    const args = [...words, '--env-file', '/dev/null', '--file', file, 'config', '--format', 'json'];
    const { code, stdout, stderr } = await runCommand(program, args, { env });
    if (code !== 0) throw new Error(`expected compose to read its own file, found: ${stderr}`);
    const { services } = JSON.parse(stdout) as { services: Record<string, { deploy?: object }> };
    // compose adds empty fields to it, and no fact comes from it
    for (const service of Object.values(services)) delete service.deploy;
    composes = parseCompose('docker compose config', { services });
  });

  it("is compose's own", () => {
    const facts = (services: Readonly<Record<string, ComposeService>>) =>
      Object.keys(ours).map((name) => normalised(composeFacts(name, services[name]!, { folder: REPOSITORY, profiles })));
    expect(facts(ours)).toEqual(facts(composes));
  });
});

/** Order means nothing in lists of names. */
function normalised(facts: ReturnType<typeof composeFacts>): object {
  return { ...facts, networks: facts.networks.toSorted() };
}
