// verdict: failed memory
// without the watch over resident memory: harms memory

/** The parser keeps what it has opened where the isolate's limit doesn't count. */
export default () => {
  for (;;) {
    try {
      JSON.parse("[".repeat(20_000_000));
    } catch {
      // no JSON: again
    }
  }
};
