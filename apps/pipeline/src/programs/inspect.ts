import { join } from 'node:path';
import { judgeDeclarations, judgeSecrets, loadChangePolicies, printFinding } from '@seaworthy/policy/change';
import { findSecrets } from './inspect/secrets.ts';
import { jobProgram, PLACES } from './job.program.ts';

/** What a declaration breaks when its schema is another one. */
const LANGUAGE_RULES = new Set(['POLICY_FILE_MALFORMED', 'POLICY_FILE_MISSING', 'DECLARATION_UNREADABLE']);

/**
 * What can be said of a commit without running anything of it: secrets in its files, and what it declares. In a job of its own, because
 * tests of the change run beside the other checks and could alter what these read, or what they write.
 */
await jobProgram(async ({ altersPolicyLanguage }) => {
  const own = import.meta.dirname;
  const [{ secrets }, found, declarations] = await Promise.all([
    loadChangePolicies(join(own, 'policies')),
    findSecrets({ root: PLACES.source, work: '/tmp/secrets', rules: join(own, 'secrets.toml') }),
    judgeDeclarations(PLACES.source, join(own, 'policies', 'runtime')),
  ]);
  // written in a language that this control plane does not know yet: the operator has started the change that makes one who does
  const putOff = altersPolicyLanguage ? declarations.filter(({ rule }) => LANGUAGE_RULES.has(rule)) : [];
  const results = [
    { name: 'secrets', findings: judgeSecrets(secrets, found, new Date()) },
    { name: 'policies', findings: declarations.filter((finding) => !putOff.includes(finding)) },
  ];
  const failed = results.filter(({ findings }) => findings.length > 0);
  return {
    outcome: failed.length === 0 ? 'passed' : 'failed',
    summary:
      failed.length === 0
        ? `no secret found, declarations valid${putOff.length > 0 ? `; ${putOff.length} left to the control plane that is made of this commit` : ''}`
        : `failed: ${failed.map(({ name }) => name).join(', ')}`,
    problems: failed.flatMap(({ findings }) => findings.map(printFinding)),
    facts: {
      checks: [...results.map(({ name }) => ({ name })), ...putOff.map((finding) => ({ name: `not judged: ${printFinding(finding)}` }))],
    },
  };
});
