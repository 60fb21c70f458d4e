import { join } from 'node:path';
import { Logger, Module } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { parseDigest, RegistryClient } from '@seaworthy/oci';
import { AccessModule, HealthRegistry, WORKLOAD } from '@seaworthy/platform';
import type { WorkloadIdentity } from '@seaworthy/platform';
import { loadChangePolicies } from '@seaworthy/policy/change';
import { AdvisorySources, loadTrust } from '@seaworthy/supply-chain';
import { EngineClient } from './engine/engine.client.ts';
import { loadExercise } from './exercise/exercise.declaration.ts';
import { RunsController } from './http/runs.controller.ts';
import { PackagesCache } from './jobs/packages.cache.ts';
import { loadPipeline } from './jobs/pipeline.declaration.ts';
import { sweep } from './jobs/sweep.ts';
import { PipelineConfig } from './pipeline.config.ts';
import { readPolicies, readPrograms, readSettings } from './pipeline.settings.ts';
import { ParentImages } from './publish/parent.images.ts';
import { PromotionClient } from './publish/promotion.client.ts';
import { Publisher } from './publish/publisher.ts';
import { KnownResults } from './runs/known.results.ts';
import { executeRun, stageNames } from './runs/run.execution.ts';
import type { ExecutionOptions } from './runs/run.execution.ts';
import { RunQueue } from './runs/run.queue.ts';
import { RunStore } from './runs/run.store.ts';
import { AllowedSigners } from './source/allowed.signers.ts';
import { GitRepository } from './source/git.repository.ts';

const EXECUTION = Symbol('execution options');

@Module({
  imports: [AccessModule.accepting('pipeline', ['people', 'workloads'])],
  controllers: [RunsController],
  providers: [
    {
      provide: GitRepository,
      inject: [PipelineConfig],
      useFactory: ({ dataDirectory }: PipelineConfig) => GitRepository.open(join(dataDirectory, 'repository.git')),
    },
    {
      provide: RunStore,
      inject: [PipelineConfig],
      useFactory: ({ dataDirectory }: PipelineConfig) => new RunStore(join(dataDirectory, 'runs')),
    },
    {
      provide: EngineClient,
      inject: [PipelineConfig, HealthRegistry],
      useFactory: ({ engineSocket }: PipelineConfig, health: HealthRegistry) => {
        const engine = new EngineClient(engineSocket);
        health.register({ name: 'engine', kind: 'required', check: () => engine.ping() });
        return engine;
      },
    },
    { provide: EXECUTION, inject: [PipelineConfig, WORKLOAD, EngineClient, GitRepository, RunStore], useFactory: executionOptions },
    {
      provide: RunQueue,
      inject: [RunStore, EXECUTION],
      useFactory: (store: RunStore, execution: ExecutionOptions) =>
        new RunQueue({
          store,
          stages: stageNames(execution.jobs),
          execute: (recorder, signal) => executeRun(execution, recorder, signal),
          isReleased: ({ name, digest }) => isStillReleased(execution.publisher, name, digest),
          cleanUp: () => sweep(execution.engine, execution.project),
          cleanUpRuns: () => sweep(execution.engine, execution.project, execution.packages.name),
          onError: logged('a run failed, or what earlier ones left could not be removed'),
        }),
    },
  ],
})
export class PipelineModule implements OnModuleDestroy {
  readonly #queue: RunQueue;

  constructor(queue: RunQueue) {
    this.#queue = queue;
  }

  async onModuleDestroy(): Promise<void> {
    await this.#queue.stop();
  }
}

async function executionOptions(
  config: PipelineConfig,
  workload: WorkloadIdentity,
  engine: EngineClient,
  repository: GitRepository,
  store: RunStore,
): Promise<ExecutionOptions> {
  const settings = readSettings(config.settingsDirectory, config.jobsSubnets);
  const registry = new RegistryClient({ baseUrl: config.registryUrl, ca: workload.root, password: workload.token });
  const trust = await loadTrust(join(config.trustDirectory, 'trust.json'));
  const gatekeeper = new PromotionClient({ url: config.gatekeeperUrl, fetch: workload.fetch, token: workload.token });
  const programs = readPrograms(config.programsDirectory);
  const policies = readPolicies(config.policiesDirectory);
  const { source } = await loadChangePolicies(config.policiesDirectory);
  return {
    engine,
    project: config.project,
    settings,
    programs,
    policies,
    notAlone: loadExercise(config.exerciseFile),
    packages: new PackagesCache({ engine, image: settings.toolboxImage, project: config.project }),
    jobs: loadPipeline(config.pipelineFile),
    repository,
    parents: new ParentImages(registry, trust),
    publisher: new Publisher({ registry, gatekeeper, key: config.signingKey, trust }),
    sourceRules: { policy: source, signers: new AllowedSigners(policies.get('allowed-signers')?.toString('utf8') ?? '') },
    lastReleased: () => store.lastReleased(),
    sources: new AdvisorySources(join(config.dataDirectory, 'advisory-sources.json')),
    onLeftBehind: logged('a run could not remove what it used'),
    known: new KnownResults(join(config.dataDirectory, 'known-results.json'), { toolboxImage: settings.toolboxImage, programs }),
  };
}

/** A registry that does not answer says nothing about a run that has succeeded. */
async function isStillReleased(publisher: Publisher, name: string, digest: string): Promise<boolean> {
  return publisher.isReleased({ name, digest: parseDigest(digest) }).catch(() => true);
}

/** For whoever reads the log: of a run, people are told only what was wrong with their change. */
function logged(msg: string): (error: unknown) => void {
  const logger = new Logger('pipeline');
  return (err) => logger.warn({ msg, err });
}
