import { z } from 'zod';
import { JOB_USER, LIMITS } from './limits.ts';
import { PlainPath } from './plain-path.ts';
import { TmpfsOptions } from './tmpfs-options.ts';

const text = z
  .string()
  .max(16_384)
  .refine((value) => !value.includes('\0'), 'no NUL');
// The runtime's own mounts: a volume on top of them would change what the kernel tells a job. Below /run only where services look for secrets.
const mountTarget = PlainPath.refine(
  (path) => /^\/run\/seaworthy\/[a-z]{1,20}$/.test(path) || !/^\/(?:proc|sys|dev|etc|run)(?:\/|$)/.test(path),
  'not over proc, sys, dev, etc or run',
);

const Mount = z.strictObject({
  Type: z.literal('volume'),
  Source: z.string().regex(/^[a-zA-Z0-9][\w.-]{1,120}$/),
  Target: mountTarget,
  ReadOnly: z.boolean().optional(),
  VolumeOptions: z.strictObject({ NoCopy: z.literal(true) }).optional(),
});

const HostConfig = z.strictObject({
  NetworkMode: z.string(),
  ReadonlyRootfs: z.literal(true),
  CapDrop: z.tuple([z.literal('ALL')]),
  SecurityOpt: z.tuple([z.enum(['no-new-privileges', 'no-new-privileges:true'])]),
  Memory: z.int().min(LIMITS.memoryBytes.min).max(LIMITS.memoryBytes.max),
  MemorySwap: z.int(),
  NanoCpus: z.int().min(LIMITS.nanoCpus.min).max(LIMITS.nanoCpus.max),
  PidsLimit: z.int().min(LIMITS.pids.min).max(LIMITS.pids.max),
  Mounts: z.array(Mount).max(16).optional(),
  Tmpfs: z.record(mountTarget, TmpfsOptions).optional(),
  Dns: z.tuple([z.literal('127.0.0.1')]).optional(),
  LogConfig: z.strictObject({
    Type: z.literal('json-file'),
    Config: z.strictObject({ 'max-size': z.string().regex(/^\d{1,2}m$/), 'max-file': z.literal('1') }),
  }),
  Init: z.boolean().optional(),
  IpcMode: z.enum(['private', 'none']).optional(),
});

/**
 * What a client may ask of `POST /containers/create`. Strict at every level: a field that is not named here is refused, whatever
 * it means, so that fields of later engines (and other spellings of today's) stay out as well.
 */
export const ContainerCreate = z
  .strictObject({
    Image: z.string(),
    Entrypoint: z.array(text).min(1).max(64),
    Cmd: z.array(text).max(64).optional(),
    Env: z
      .array(text.regex(/^[A-Za-z_][A-Za-z0-9_]*=/))
      .max(64)
      .optional(),
    WorkingDir: PlainPath.optional(),
    User: z.literal(JOB_USER),
    Labels: z.record(z.string().regex(/^dev\.seaworthy\.[a-z.-]{1,60}$/), z.string().max(256)),
    HostConfig,
  })
  .refine(({ HostConfig: host }) => host.MemorySwap === host.Memory, {
    path: ['HostConfig', 'MemorySwap'],
    message: 'must equal Memory: no swap',
  })
  // With no name server given, the engine's own resolver would answer from the host's.
  .refine(({ HostConfig: host }) => host.NetworkMode === 'none' || host.Dns !== undefined, {
    path: ['HostConfig', 'Dns'],
    message: 'a container with a network must have the dead name server 127.0.0.1',
  });
export type ContainerCreate = z.infer<typeof ContainerCreate>;
