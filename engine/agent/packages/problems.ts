/** Asks, and notes what can't be found out instead of giving up: the rest is worth reporting. */
export const askInto =
  (problems: string[]) =>
  async <T>(fallback: T, question: () => Promise<T>): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return fallback;
    }
  };
