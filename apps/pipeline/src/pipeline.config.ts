import { absolutePath, baseUrl, configGroup, privateKey, secretFile, variable } from '@seaworthy/platform';
import { ENDPOINTS } from '@seaworthy/contracts';
import { z } from 'zod';

const folder = (path: string) => absolutePath.default(path);
const endpoint = ({ host, port }: { host: string; port: number }) => baseUrl('https').default(`https://${host}:${port}`);

export class PipelineConfig extends configGroup({
  project: variable('SEAWORTHY_PROJECT', z.string().regex(/^[a-z0-9][a-z0-9_-]{0,60}$/, 'expected the name of a compose project')),
  engineSocket: variable('ENGINE_SOCKET', folder('/run/engine/pipeline.sock')),
  dataDirectory: variable('DATA_DIRECTORY', folder('/var/lib/seaworthy')),
  settingsDirectory: variable('SETTINGS_DIRECTORY', folder('/run/seaworthy/config')),
  trustDirectory: variable('TRUST_DIRECTORY', folder('/run/seaworthy/trust')),
  /** all are in the image beside the bundle: the change under test cannot alter them */
  pipelineFile: variable('PIPELINE_FILE', folder('/app/pipeline.yaml')),
  programsDirectory: variable('PROGRAMS_DIRECTORY', folder('/app/jobs')),
  exerciseFile: variable('EXERCISE_FILE', folder('/app/exercise.yaml')),
  /** the range for networks of exercises; the engine filter refuses any other */
  jobsSubnets: variable(
    'JOBS_SUBNETS',
    z
      .string()
      .regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}\.0\/24$/, 'expected a range like 10.213.6.0/24')
      .default('10.213.6.0/24'),
  ),
  policiesDirectory: variable('POLICIES_DIRECTORY', folder('/app/policies')),
  registryUrl: variable('REGISTRY_URL', endpoint(ENDPOINTS.registry)),
  gatekeeperUrl: variable('GATEKEEPER_URL', endpoint(ENDPOINTS.gatekeeper)),
  signingKey: secretFile('signing.key', privateKey),
}) {}
