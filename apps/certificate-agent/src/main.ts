import { loadWorkload } from '@seaworthy/platform/tls';
import { CertificateAgent, type Log } from './agent.ts';
import { EDGE_NAMES, readAgentConfig } from './agent.config.ts';
import { isUsable } from './certificate-file.ts';

const log: Log = (level, msg, details) =>
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), service: 'certificate-agent', ...details, msg })}\n`);

const config = readAgentConfig(process.env);
const isOnce = process.argv[2] === 'once';
if (isOnce && isUsable(config.CERTIFICATE_FILE)) process.exit(0);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
const certificate = await loadWorkload({ name: 'edge', identityUrl: config.IDENTITY_URL }).enrol(EDGE_NAMES);
await new CertificateAgent(config, log).follow(certificate);
if (isOnce) process.exit(0);
setInterval(() => undefined, 2 ** 30); // the renewal's timer alone would let the process end
