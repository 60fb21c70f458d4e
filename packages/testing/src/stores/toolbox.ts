import { GenericContainer, Wait } from 'testcontainers';
import { engine, TEST_LABELS } from '../engine/engine.ts';
import { ownImage } from '../engine/own-image.ts';

export interface ToolboxRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface StartedToolbox {
  /** One command, without a shell. */
  run(...command: string[]): Promise<ToolboxRun>;
  stop(): Promise<void>;
}

/**
 * The project's own toolbox, to ask other people's tools (cosign, skopeo, git) what they think.
 * @param options.files content by path
 */
export async function startToolbox(options: {
  network: string;
  files?: Record<string, string>;
  environment?: Record<string, string>;
}): Promise<StartedToolbox> {
  const container = await new GenericContainer(await ownImage('toolbox'))
    .withLabels(TEST_LABELS)
    .withNetworkMode(options.network)
    .withCopyContentToContainer(Object.entries(options.files ?? {}).map(([target, content]) => ({ target, content, mode: 0o444 })))
    .withEnvironment(options.environment ?? {})
    .withCommand(['/usr/bin/sleep', 'infinity'])
    .withWaitStrategy(Wait.forSuccessfulCommand('true'))
    .start();
  return {
    run: async (...command) => {
      const { exitCode, stdout, stderr } = await container.exec(command);
      return { exitCode, stdout, stderr };
    },
    stop: async () => engine.getContainer(container.getId()).remove({ force: true, v: true }),
  };
}
