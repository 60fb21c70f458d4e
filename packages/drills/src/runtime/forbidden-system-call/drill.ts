import type { Drill } from '../../drill.ts';
import { FORBIDDEN, HARMLESS, letThrough, withheld } from './forbidden-calls.ts';
import { loadProbeImage, pathOf } from './probe-image.ts';
import type { SystemCall } from './system-call-program.ts';

export const drill: Drill = {
  title: 'A program in a replica asks the kernel for what no service needs',
  practices: ['2.2', '2.9'],
  attack:
    'Somebody who can run machine code in a replica of catalog makes the system calls from which ways out of containers are built: namespaces, mounts, tracing, keys, BPF, io_uring, raw sockets, new processes.',
  control:
    'A filter in the kernel lets a replica make the calls that its program needs, and refuses all others before the kernel looks at them.',
  refusals: ['EPERM'],
  async run(platform) {
    const image = await loadProbeImage(platform, [HARMLESS, ...FORBIDDEN]);
    const attempt = async (call: SystemCall): Promise<number> =>
      (await platform.inPlaceOf('catalog', { image, entrypoint: [pathOf(call)], offline: true })).exitCode;
    try {
      const harmless = await attempt(HARMLESS);
      if (harmless !== 0)
        throw new Error(`expected ${HARMLESS.name} to work everywhere, found error ${harmless}: the probe itself is broken`);
      const errors: number[] = [];
      for (const call of FORBIDDEN) errors.push(await attempt(call));
      const through = letThrough(errors);
      const facts = { 'calls tried': errors.length, 'let through': through.join(', ') || 'none' };
      if (through.length > 0)
        return { kind: 'succeeded', reason: `the kernel served ${through.join(', ')}`, withheld: withheld(through), facts };
      return {
        kind: 'refused',
        code: 'EPERM',
        reason: `all ${errors.length} calls were refused: ${FORBIDDEN.map(({ name }) => name).join(', ')}`,
        facts,
      };
    } finally {
      await platform.docker.getImage(image).remove({ force: true });
    }
  },
  withoutControl: {
    summary: 'a copy of the platform whose replicas run without a filter of system calls',
    services: ['catalog'],
    overlay: 'overlay.yaml',
  },
};
