import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessModule, assembleService, TokenVerifier } from '@seaworthy/platform';
import type { Service } from '@seaworthy/platform';
import { openApiDocument } from '@seaworthy/platform/openapi';
import { fieldFaults } from '@seaworthy/testing/fields';
import { TestIssuer } from '@seaworthy/testing/issuer';
import { RunsController } from '../src/http/runs.controller.ts';
import { RunQueue } from '../src/runs/run.queue.ts';
import { RunStore } from '../src/runs/run.store.ts';
import { GitRepository } from '../src/source/git.repository.ts';

const COMMIT = 'c'.repeat(40);

/** The real routes over the real store and queue; of the repository, that it has one commit. */
describe('pipeline, when it is told nonsense', () => {
  let directory: string;
  let store: RunStore;
  let service: Service;
  let issuer: TestIssuer;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pipeline-bad-input-'));
    store = new RunStore(directory);
    issuer = await TestIssuer.create();
    const nothing = async (): Promise<void> => undefined;
    const queue = new RunQueue({
      store,
      stages: [],
      execute: async () => [],
      cleanUp: nothing,
      cleanUpRuns: nothing,
      isReleased: async () => true,
      onError: () => undefined,
    });
    const repository = {
      isOnMain: async (commit: string) => commit === COMMIT,
      isProposed: async () => false,
      subject: async () => ({ author: 'Ada', title: 'x' }),
    };
    @Module({
      imports: [AccessModule.using({ useFactory: () => new TokenVerifier({ keys: issuer.keys }) })],
      controllers: [RunsController],
      providers: [
        { provide: RunStore, useValue: store },
        { provide: RunQueue, useValue: queue },
        { provide: GitRepository, useValue: repository },
      ],
    })
    class RoutesModule {}
    service = await assembleService(RoutesModule, {
      name: 'pipeline',
      source: { environment: { LOG_LEVEL: 'silent' }, secret: () => undefined },
    });
  });
  afterAll(async () => {
    await service?.close();
    rmSync(directory, { recursive: true });
  });

  it('refuses every field of every route in every way, and starts nothing', async () => {
    const headers = { authorization: `Bearer ${await issuer.person('ada', ['developer'])}` };
    const started = await service.app.inject({ method: 'POST', url: '/runs', headers, payload: { commit: COMMIT } });
    const { id } = started.json<{ id: string }>();
    const right = {
      'POST /runs': { status: 202, body: { commit: COMMIT } },
      'GET /runs': { status: 200 },
      'GET /runs/{id}': { status: 200, path: { id } },
      'GET /runs/{id}/events': { status: 200, path: { id } },
    };
    const document = openApiDocument(service.app, { title: 'pipeline', description: '' });
    expect(await fieldFaults(service.app, document, right, headers)).toEqual([]);
    expect(store.list().every(({ commit }) => commit === COMMIT)).toBe(true);
  });
});
