/** Waits for what comes by itself: asks until the expectation holds. */
export async function eventually(expectation: () => Promise<void>, patience = 60_000): Promise<void> {
  for (const end = Date.now() + patience; ;) {
    try {
      await expectation();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
