import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { judgeDeclarations } from '../../src/change/index.ts';

const root = resolve(import.meta.dirname, '../../../..');
const rules = join(root, 'infra/policies/runtime');

/** A card that nobody edits but this test: those of apps are read as well, since the runtime profile names them. */
const CARD = 'name: example\ntier: public\nowner: shop\ndescription: An example\nparent: node\n';

describe('what a commit declares', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seaworthy-declarations-'));
    for (const path of ['infra/policies', 'infra/seccomp', 'compose.yaml', ...globSync('apps/*/service.yaml', { cwd: root })]) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await cp(join(root, path), join(dir, path), { recursive: true });
    }
    await mkdir(join(dir, 'apps/example'));
    await writeFile(join(dir, 'apps/example/service.yaml'), CARD);
  });
  afterEach(() => rm(dir, { recursive: true }));

  const edit = async (file: string, from: string, to: string) => {
    const text = await readFile(join(dir, file), 'utf8');
    expect(text).toContain(from);
    await writeFile(join(dir, file), text.replace(from, to));
  };
  const lineOf = async (file: string, text: string) =>
    (await readFile(join(dir, file), 'utf8')).split('\n').findIndex((line) => line.includes(text)) + 1;

  it('has nothing against it when all is as it must be', async () => {
    expect(await judgeDeclarations(dir, rules)).toEqual([]);
  });

  it.each<[string, string, string, string, string, string]>([
    [
      'a policy has a misspelt field',
      'infra/policies/tiers.yaml',
      'evidenceMaxAgeDays: 90',
      'maxAge: 90',
      'POLICY_FILE_MALFORMED',
      'public:',
    ],
    ['a policy is no YAML', 'infra/policies/owners.yaml', 'owners:', 'owners: [', 'POLICY_FILE_MALFORMED', ''],
    ['a licence has no name', 'infra/policies/licences.yaml', 'allowed: [MIT,', "allowed: ['',", 'POLICY_FILE_MALFORMED', 'allowed'],
    ['an exception is owned by nobody', 'infra/policies/licences.yaml', 'owner: security', 'owner: me', 'OWNER_UNKNOWN', 'owner: me'],
    ['a path is protected by a pattern', 'infra/policies/source.yaml', '- compose.yaml', "- '*.yaml'", 'POLICY_FILE_MALFORMED', "'*.yaml'"],
    [
      'a card has an unknown field',
      'apps/example/service.yaml',
      'owner: shop',
      'owner: shop\nprivileged: true',
      'POLICY_FILE_MALFORMED',
      '',
    ],
    ['a card is called otherwise', 'apps/example/service.yaml', 'name: example', 'name: orders', 'POLICY_FILE_MALFORMED', 'name:'],
    ['a card has the name of a base image', 'apps/example/service.yaml', 'name: example', 'name: haproxy', 'NAME_TAKEN', 'name:'],
    ['a card is owned by nobody', 'apps/example/service.yaml', 'owner: shop', 'owner: me', 'OWNER_UNKNOWN', 'owner:'],
    ['a container is privileged', 'compose.yaml', '  catalog:\n', '  catalog:\n    privileged: true\n', 'PRIVILEGED', '  catalog:'],
    [
      'a container is not declared',
      'compose.yaml',
      'services:\n',
      'services:\n  extra: { image: x, pull_policy: never }\n',
      'CONTAINER_NOT_DECLARED',
      '  extra:',
    ],
    ...(
      [
        ['a variable with a default of another form', '    pid: ${X-host}\n'],
        ['a variable in front of a path of the host', "    user: '${X-/}'\n"],
        ['a variable without braces', '    user: $X\n'],
        ['a default that is a variable', '    user: ${X:-${Y:-0}}\n'],
        ['a field that nobody judges', '    volumes_from: [identity]\n'],
        ['rights on devices', "    device_cgroup_rules: ['a *:* rwm']\n"],
        ['a file of the host as a secret', '    secrets: [key]\n'],
        ['a device through deploy', '    deploy: { resources: { reservations: { devices: [{ capabilities: [gpu] }] } } }\n'],
        ['a mount of an unknown kind', '    volumes: [{ type: npipe, source: /, target: /host }]\n'],
        ['an image of its own to build', '    build: .\n'],
        ['a value that compose takes back', '    mem_limit: !reset 256m\n'],
        ['paths of the kernel that are not masked', "    security_opt: ['systempaths=unconfined']\n"],
        ['AppArmor off', "    security_opt: ['apparmor=unconfined']\n"],
        ['SELinux off', "    security_opt: ['label=disable']\n"],
      ] as const
    ).map(([what, lines]): [string, string, string, string, string, string] => [
      `a container has ${what}`,
      'compose.yaml',
      '  catalog-migrate:\n',
      `  example:\n    pull_policy: never\n${lines}  catalog-migrate:\n`,
      'POLICY_FILE_MALFORMED',
      '',
    ]),
    ...['missing', 'always', 'build', 'daily'].map((policy): [string, string, string, string, string, string] => [
      `the policy of images is ${policy}`,
      'compose.yaml',
      'pull_policy: never',
      `pull_policy: ${policy}`,
      'POLICY_FILE_MALFORMED',
      '',
    ]),
    [
      'an image may be pulled, since nothing is said of it',
      'compose.yaml',
      '  catalog-migrate:\n',
      '  example: { image: x }\n  catalog-migrate:\n',
      'POLICY_FILE_MALFORMED',
      '',
    ],
    [
      'a volume is a path of the host',
      'compose.yaml',
      '\nvolumes:\n',
      '\nvolumes:\n  host: { driver: local, driver_opts: { type: none, o: bind, device: / } }\n',
      'POLICY_FILE_MALFORMED',
      '  host:',
    ],
    [
      "a network is the host's",
      'compose.yaml',
      '\nnetworks:\n',
      '\nnetworks:\n  lan: { driver: macvlan, driver_opts: { parent: eth0 } }\n',
      'POLICY_FILE_MALFORMED',
      '  lan:',
    ],
    ['another file is taken in', 'compose.yaml', '\nservices:\n', '\ninclude: [other.yaml]\nservices:\n', 'POLICY_FILE_MALFORMED', ''],
    [
      'a second document is laid over the first',
      'compose.yaml',
      '\nx-volume:',
      '\n---\nservices: { catalog: { privileged: true } }\n---\nx-volume:',
      'POLICY_FILE_MALFORMED',
      '',
    ],
    ['a profile is away', 'compose.yaml', 'seccomp/squid.json', 'seccomp/none.json', 'DECLARATION_UNREADABLE', ''],
  ])('is refused when %s, with file and line', async (_what, file, from, to, rule, place) => {
    await edit(file, from, to);
    const findings = await judgeDeclarations(dir, rules);
    const expected = place === '' ? {} : { line: await lineOf(file, place) };
    expect(findings).toContainEqual(expect.objectContaining({ file, rule: expect.stringContaining(rule), ...expected }));
  });

  it('is refused when a base image is declared whose name the policy does not keep', async () => {
    await mkdir(join(dir, 'infra/images/other'), { recursive: true });
    await writeFile(join(dir, 'infra/images/other/image.yaml'), 'name: other');
    const findings = await judgeDeclarations(dir, rules);
    expect(findings).toEqual([expect.objectContaining({ file: 'infra/images/other/image.yaml', rule: 'BASE_IMAGE_UNLISTED' })]);
  });

  describe('when the commit drops a rule of the runtime profile', () => {
    it('is judged by the rules that it was given all the same', async () => {
      await rm(join(dir, 'infra/policies/runtime'), { recursive: true });
      await edit('compose.yaml', '  catalog:\n', '  catalog:\n    privileged: true\n');
      const findings = await judgeDeclarations(dir, rules);
      expect(findings.map(({ file }) => file)).toContain('compose.yaml');
    });
  });
});
