import { orRefuse, processSource, readConfig } from '@seaworthy/platform/config';
import { loadWorkload } from '@seaworthy/platform/tls';
import { CertificateAgent, type Log } from './agent.ts';
import { AgentConfig, EDGE_NAMES } from './agent.config.ts';
import { isUsable } from './certificate-file.ts';

const log: Log = (level, msg, details) =>
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), service: 'certificate-agent', ...details, msg })}\n`);

async function start(): Promise<void> {
  const config = readConfig([AgentConfig], processSource()).get(AgentConfig) as AgentConfig;
  const isOnce = process.argv[2] === 'once';
  if (isOnce && isUsable(config.certificateFile)) process.exit(0);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
  const certificate = await loadWorkload({ name: 'edge', identityUrl: config.identityUrl }).enrol(EDGE_NAMES);
  const agent = new CertificateAgent(config, log);
  if (!isOnce) return agent.follow(certificate);
  await agent.deliver(certificate.material);
  process.exit(0);
}

await orRefuse('certificate-agent', start());
