import { z } from 'zod';

/** What the fleet reads of a container (Engine API, "Inspect a container"). */
export const containerSchema = z.object({
  Id: z.string(),
  Name: z.string().transform((name) => name.replace(/^\//, '')),
  Image: z.string(),
  Created: z.string(),
  RestartCount: z.int().default(0),
  /** of commands that somebody runs in it at this moment */
  ExecIDs: z.array(z.string()).nullish(),
  State: z.object({ Status: z.string(), ExitCode: z.int(), StartedAt: z.string() }),
  Config: z.looseObject({
    Labels: z.record(z.string(), z.string()).nullish(),
    Env: z.array(z.string()).nullish(),
    /** seconds between SIGTERM and SIGKILL */
    StopTimeout: z.int().nonnegative().nullish(),
  }),
  HostConfig: z.looseObject({}),
  Mounts: z.array(z.object({ Destination: z.string() })).nullish(),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string() })) }),
});
export type InspectedContainer = z.output<typeof containerSchema>;
