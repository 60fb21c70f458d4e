import { GenericContainer } from 'testcontainers';

/** Publishes its ports on 127.0.0.1 alone: what a test starts is nobody else's business. Without capabilities, as in the runtime. */
export class LoopbackContainer extends GenericContainer {
  /** by which it is told to end, unless it is SIGTERM */
  withStopSignal(signal: NodeJS.Signals): this {
    this.createOpts.StopSignal = signal;
    return this;
  }

  protected override async beforeContainerCreated(): Promise<void> {
    this.hostConfig.CapDrop = ['ALL'];
    this.hostConfig.SecurityOpt = ['no-new-privileges'];
    for (const bindings of Object.values(this.hostConfig.PortBindings ?? {}) as { HostIp?: string }[][]) {
      for (const binding of bindings) binding.HostIp = '127.0.0.1';
    }
  }
}
