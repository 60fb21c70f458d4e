import { ENDPOINTS } from '@seaworthy/contracts';
import { createService, TokenVerifier } from '@seaworthy/platform';
import type { Service, ServiceOptions } from '@seaworthy/platform';
import { GitDoor } from './http/git.door.ts';
import { PipelineConfig } from './pipeline.config.ts';
import { PipelineModule } from './pipeline.module.ts';
import { RunQueue } from './runs/run.queue.ts';
import { GitRepository } from './source/git.repository.ts';

/** The control plane: commits in, signed evidence out. */
export async function createPipeline(options: Pick<ServiceOptions, 'source' | 'logDestination' | 'certificate'> = {}): Promise<Service> {
  const door = new GitDoor();
  const service = await createService(PipelineModule, {
    ...options,
    name: 'pipeline',
    config: [PipelineConfig],
    certificateNames: [ENDPOINTS.pipeline.host, 'localhost', '127.0.0.1'],
    fastify: (instance) => door.attach(instance),
  });
  const { app } = service;
  door.open({ repository: app.get(GitRepository), verifier: app.get(TokenVerifier) });
  // what a killed control plane has left in the engine goes before anything new is made
  await app.get(RunQueue).recover();
  return service;
}
