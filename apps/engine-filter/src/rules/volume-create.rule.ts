import { z } from 'zod';
import { TmpfsOptions } from './tmpfs-options.ts';

/** What a client may ask of `POST /volumes/create`: memory with a size limit. A `bind` or a plain local volume has none, or is the host's disk. */
export const VolumeCreate = z.strictObject({
  Name: z.string().regex(/^[a-zA-Z0-9][\w.-]{1,120}$/),
  Driver: z.literal('local'),
  DriverOpts: z.strictObject({ type: z.literal('tmpfs'), device: z.literal('tmpfs'), o: TmpfsOptions }),
  Labels: z.record(z.string().regex(/^dev\.seaworthy\.[a-z.-]{1,60}$/), z.string().max(256)),
});
