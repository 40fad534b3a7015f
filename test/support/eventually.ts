type Nothing = undefined | null | false;

/**
 * Resolves with the first answer that is one: `undefined`, `null` and `false` say "not yet"; 0 and "" are answers. Asks again every ten milliseconds.
 * @throws after `withinMs`, saying what didn't happen; at once what `ask` throws
 */
export async function eventually<Answer>(what: string, ask: () => Answer | Promise<Answer>, withinMs = 10_000): Promise<Exclude<Answer, Nothing>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer as Exclude<Answer, Nothing>;
    if (performance.now() > deadline) throw new Error(`${what} didn't happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
