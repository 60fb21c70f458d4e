import { join } from 'node:path';
import { env } from 'node:process';
import { abuse } from './exercise/abuse.ts';
import { answersInForm, saysWhetherItIsReady, speaksTlsOnly, startsAndLives } from './exercise/basics.ts';
import { TargetService } from './exercise/target.ts';
import { jobProgram, PLACES } from './job.program.ts';

const STILL_THERE_MS = 3000;

/** Tries a service that runs: probes, TLS, headers, forms of errors, and whatever its own description can be abused for. */
await jobProgram(async () => {
  const started = performance.now();
  const target = new TargetService(join(PLACES.inputs, 'target'), env['TARGET_ADDRESS'] ?? '');
  const alive = await startsAndLives(target);
  const findings = [...alive];
  let [isReady, cases] = [false, 0];
  if (alive.length === 0) {
    const ready = await saysWhetherItIsReady(target);
    isReady = ready.isReady;
    findings.push(...ready.findings, ...(await speaksTlsOnly(target)), ...(await answersInForm(target)));
    const abused = await abuse(target, isReady);
    cases = abused.cases;
    findings.push(...abused.findings);
    // whatever it was sent, it is still there
    findings.push(...(await startsAndLives(target, STILL_THERE_MS)));
  }
  target.close();
  const checks = [
    'exercise: alive and honest about being ready',
    'exercise: TLS alone',
    'exercise: headers and problem documents',
    `exercise: ${cases} abuse cases`,
    'exercise: a bad configuration is refused',
    isReady ? 'exercise: ready, with what it needs' : 'exercise: without its stores',
  ];
  return {
    outcome: findings.length === 0 ? 'passed' : 'failed',
    summary: `${target.service}: ${cases} abuse cases, ${isReady ? 'ready' : 'not ready, and says so'}, ${findings.length} findings, ${((performance.now() - started) / 1000).toFixed(1)} s`,
    problems: findings.map(({ rule, message }) => `apps/${target.service}: ${rule}: ${message}`),
    facts: { checks: checks.map((name) => ({ name })) },
  };
});
