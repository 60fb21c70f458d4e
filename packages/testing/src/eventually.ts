const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

/** Expects again and again, until it holds. The bound is for what hangs. @throws what the last expectation threw */
export async function eventually(expectation: () => Promise<void>, patience = PATIENCE_MS): Promise<void> {
  for (const end = Date.now() + patience; ;) {
    try {
      return await expectation();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
