const MIB = 1024 ** 2;

/** What one client may ask for at most, however many mistakes it makes. */
export const LIMITS = {
  containers: 24,
  volumes: 48,
  networks: 4,
  memoryBytes: { min: 6 * MIB, max: 6 * 1024 * MIB },
  nanoCpus: { min: 10 ** 7, max: 8 * 10 ** 9 },
  pids: { min: 1, max: 1024 },
  tmpfsBytes: 4 * 1024 * MIB,
  bodyBytes: 256 * 1024,
  /** of an operation that has none: what dockerode sends all the same */
  noBodyBytes: 16,
  /** at once, long answers among them: several times what a run's jobs and exercises, or a look at all replicas, need */
  connections: 256,
} as const;

/** The only user that a client's container may run as. */
export const JOB_USER = '65532:65532';
