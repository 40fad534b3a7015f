// verdict: failed log_rate
// without the engine's own limit of the log's rate: escaped
// needs: {"limits": {"logRate": 50}}

/** And with entries. */
export default async ({ emit, next }) => {
  const told = next(({ type }) => type === "stop");
  for (let i = 0; i < 3_000; i++) void emit("log", { level: "info", message: "again" });
  const over = await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 500, undefined))]);
  return over === undefined ? "3,000 entries in a moment" : undefined;
};
