/**
 * Does the work of each image after its parent's, a few at a time; results are in the order of the images. After a failure nothing new is
 * begun, what runs is waited for, and the first failure is thrown.
 */
export async function inOrder<Result>(
  images: readonly { name: string; parent?: string | undefined }[],
  parallel: number,
  work: (name: string) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<string, Result>();
  const waiting = [...images];
  const running = new Set<string>();
  const failures: unknown[] = [];
  const isKnown = (name: string | undefined): boolean => name !== undefined && images.some((image) => image.name === name);

  await new Promise<void>((resolve) => {
    const begin = (): void => {
      while (failures.length === 0 && running.size < parallel) {
        const next = waiting.findIndex(({ parent }) => !isKnown(parent) || results.has(parent ?? ''));
        const [image] = next < 0 ? [] : waiting.splice(next, 1);
        if (!image) break;
        running.add(image.name);
        work(image.name).then(
          (result) => end(image.name, () => results.set(image.name, result)),
          (error: unknown) => end(image.name, () => failures.push(error)),
        );
      }
      if (running.size === 0) resolve();
    };
    const end = (name: string, note: () => void): void => {
      running.delete(name);
      note();
      begin();
    };
    begin();
  });
  if (failures.length > 0) throw failures[0];
  return images.flatMap(({ name }) => {
    const result = results.get(name);
    return result === undefined ? [] : [result];
  });
}
