import { createHash } from 'node:crypto';
import type { Drill } from '../../drill.ts';

const PLACE = 'docs/operations-notes.txt';
const CODE = 'SECRET_FOUND';

/** Made here, so that no search finds it in this file. Nobody has ever given it out. */
function token(): string {
  return `ghp_${createHash('sha512')
    .update('a token of nobody')
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 36)}`;
}

export const drill: Drill = {
  title: 'A secret is committed, with a word that it is none',
  practices: ['5.2', '5.3'],
  attack:
    'A proposed change brings a token in a note, with an inline comment and a configuration of its own that tell the search to pass over it, and an attribute that tells git to leave the note out.',
  control:
    'A job in which nothing of the change runs searches every file of each commit, under its own rules; only a policy of the running control plane excuses a finding.',
  refusals: [CODE],
  async run(platform) {
    const { id, state, stages, failure } = await platform.submitChange({
      [PLACE]: `the registry's token: ${token()} # ${['gitleaks', 'allow'].join(':')}\n`,
      '.gitattributes': `* text=auto eol=lf\n${PLACE} export-ignore\n`,
      '.gitleaks.toml': "[allowlist]\npaths = ['''.*''']\n",
    });
    if (state === 'succeeded')
      return { kind: 'succeeded', reason: `run ${id} passed, token and all, with ${stages.map(({ name }) => name).join(', ')}` };
    const line = failure?.message.split('\n').find((text) => text.startsWith(`${PLACE}:1: ${CODE}`));
    if (failure?.stage === 'inspect' && line !== undefined && !failure.message.includes(token()))
      return { kind: 'refused', code: CODE, reason: line.slice(0, 160) };
    throw new Error(`expected the secret to be found, or the run to succeed, found ${failure?.stage}: ${failure?.message.slice(0, 600)}`);
  },
  withoutControl: {
    summary:
      'a copy of the platform whose pipeline fetches packages for a commit and runs the checks on it, without most tests, and has no job that inspects it',
    services: ['identity', 'registry', 'registry-gate', 'gatekeeper', 'engine-filter', 'egress', 'pipeline'],
    overlay: 'overlay.yaml',
  },
};
