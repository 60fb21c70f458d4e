import Docker from 'dockerode';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';

/** The engine that tests use: DOCKER_HOST, or the usual socket. */
export const engine = new Docker();

/** Everything that a test makes carries its process; `npm test` and `npm run clean` remove what a killed one left. */
export const TEST_LABELS: Readonly<Record<string, string>> = { [OWNER_LABEL]: testProject('parts', process.pid) };
