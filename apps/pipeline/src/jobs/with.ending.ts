/**
 * Does the work and then, whatever came of it, ends what it used. When both fail, what went wrong first is thrown: a `finally` would throw the
 * other, and nobody would read why an output was refused.
 */
export async function withEnding<Result>(work: () => Promise<Result>, end: () => Promise<void>): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
  await end();
  return result;
}
