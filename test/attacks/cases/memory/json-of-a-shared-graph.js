// verdict: failed memory
// without the limits of memory: harms memory

/** Small to hold, and large as text. */
export default () => {
  let graph = "x".repeat(1_000);
  for (let i = 0; i < 19; i++) graph = [graph, graph];
  for (;;) {
    try {
      JSON.stringify(graph);
    } catch {
      // too long: again
    }
  }
};
