import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../../src/host/command.ts';
import { findEngine } from '../../src/host/engine/engine.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { instance } from './ask.ts';

const PAGE = readFileSync(join(REPOSITORY, 'docs/how-to/verify-with-other-tools.md'), 'utf8');
const { registry, identity } = instance.ports;
/** The page's lines: had on the host, the toolbox, and what is typed into it. */
const [token = '', toolbox = '', steps = ''] = [...PAGE.matchAll(/^```sh\n([\s\S]+?)^```/gm)].map(([, lines = '']) =>
  lines.replaceAll(':5443', `:${registry}`).replaceAll(':9443', `:${identity}`).trim(),
);

/** As somebody does who follows the page, without a terminal. */
async function follow(typed: string) {
  const { engine } = await findEngine();
  const env = { ...process.env, DOCKER_HOST: `unix://${engine?.socketPath}`, STEPS: typed };
  const line = `${token}\n${toolbox.replace('--interactive --tty ', '')} -ec "$STEPS"`;
  return runCommand('sh', ['-ec', line], { cwd: REPOSITORY, env, timeout: 120_000 });
}

describe('skopeo and cosign, as the page says, on release/catalog of the running platform', () => {
  it('copy it under the policy, and accept its provenance and its verdict', async () => {
    const { code, stdout, stderr } = await follow(steps);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const statements = stdout.split('\n').flatMap((line) => (line.startsWith('{"payload') ? [statementOf(line)] : []));
    // a digest that was released twice, as by a commit and another that takes a later one back, has each of them twice
    const types = new Set(statements.map(({ predicateType }) => predicateType));
    expect([...types]).toEqual(['https://slsa.dev/provenance/v1', 'https://slsa.dev/verification_summary/v1']);
  });

  it('refuse a verdict by the key of somebody else', async () => {
    const { code, stderr } = await follow(steps.replace('gatekeeper.pub', 'pipeline.pub'));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/none of the attestations matched|invalid signature/);
  });

  it('refuse what the policy knows under another name', async () => {
    const { code, stderr } = await follow(
      steps.replace('image=localhost:', 'image=127.0.0.1:').replace('stdin localhost:', 'stdin 127.0.0.1:'),
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('rejected by policy');
  });
});

function statementOf(envelope: string): { predicateType: string } {
  const { payload } = JSON.parse(envelope) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as { predicateType: string };
}
