import { join } from 'node:path';
import { judgeDeclarations, judgeSecrets, loadChangePolicies, printFinding } from '@seaworthy/policy/change';
import { findSecrets } from './inspect/secrets.ts';
import { jobProgram, PLACES } from './job.program.ts';

/**
 * What can be said of a commit without running anything of it: secrets in its files, and what it declares. In a job of its own, because
 * tests of the change run beside the other checks and could alter what these read, or what they write.
 */
await jobProgram(async () => {
  const own = import.meta.dirname;
  const [{ secrets }, found, declarations] = await Promise.all([
    loadChangePolicies(join(own, 'policies')),
    findSecrets({ root: PLACES.source, work: '/tmp/secrets', rules: join(own, 'secrets.toml') }),
    judgeDeclarations(PLACES.source, join(own, 'policies', 'runtime')),
  ]);
  const results = [
    { name: 'secrets', findings: judgeSecrets(secrets, found, new Date()) },
    { name: 'policies', findings: declarations },
  ];
  const failed = results.filter(({ findings }) => findings.length > 0);
  return {
    outcome: failed.length === 0 ? 'passed' : 'failed',
    summary: failed.length === 0 ? 'no secret found, declarations valid' : `failed: ${failed.map(({ name }) => name).join(', ')}`,
    problems: failed.flatMap(({ findings }) => findings.map(printFinding)),
    facts: { checks: results.map(({ name }) => ({ name })) },
  };
});
