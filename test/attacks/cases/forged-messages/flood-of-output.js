// verdict: failed output_limit
// without the engine's own limit of output: escaped
// needs: {"limits": {"outputBytes": 100000}}

/** So it does with bytes. */
export default async ({ emit, next, attempt }) => {
  const told = next(({ type }) => type === "stop");
  for (let i = 0; i < 40; i++) await emit("output", "x".repeat(10_000));
  const over = await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 300, undefined))]);
  return over === undefined ? `400 kB from attempt ${attempt}` : undefined;
};
