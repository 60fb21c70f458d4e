import { setSourceMapsEnabled } from 'node:process';
import type { JestEnvironment, JestEnvironmentConfig } from '@jest/environment';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/** Jest's environment for files of tests that share Node's global object: what one of them changed of the process is put back after it. */
export default class NodeEnvironment implements JestEnvironment {
  readonly global = globalThis as unknown as JestEnvironment['global'];
  readonly moduleMocker = new ModuleMocker(this.global);
  readonly fakeTimers = null;
  readonly fakeTimersModern: ModernFakeTimers;
  readonly #putBack = rememberProcess();

  constructor({ projectConfig }: JestEnvironmentConfig) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: this.global });
  }

  /** Jest reads the maps of its own compiler; here Node knows them. */
  async setup(): Promise<void> {
    setSourceMapsEnabled(true);
    Reflect.deleteProperty(Error, 'prepareStackTrace');
  }

  async teardown(): Promise<void> {
    this.fakeTimersModern.dispose();
    this.#putBack();
  }

  getVmContext(): null {
    return null;
  }
}

/** @returns puts variables, folder, way out and what hears signals as they are now */
function rememberProcess(): () => void {
  const exit = Reflect.get(process, 'exit');
  const variables = { ...process.env };
  const folder = process.cwd();
  const heard = signalListeners();
  return () => {
    process.exit = exit;
    for (const name of Object.keys(process.env)) if (!(name in variables)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, variables);
    process.chdir(folder);
    // a service that a test has left behind would end this process with the next file's signal
    for (const [signal, listener] of signalListeners()) {
      if (!heard.some(([name, one]) => name === signal && one === listener)) process.off(signal, listener);
    }
  };
}

function signalListeners(): (readonly [NodeJS.Signals, NodeJS.SignalsListener])[] {
  const signals = process.eventNames().filter((name): name is NodeJS.Signals => String(name).startsWith('SIG'));
  return signals.flatMap((signal) =>
    (process.rawListeners(signal) as NodeJS.SignalsListener[]).map((listener) => [signal, listener] as const),
  );
}
