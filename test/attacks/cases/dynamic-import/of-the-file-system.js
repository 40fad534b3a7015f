// verdict: contained
// without an isolate of its own: escaped

/** `import()` is syntax: there is no name to take away. */
export default () =>
  import("node:fs").then(
    ({ readFileSync }) => readFileSync("/proc/self/status", "utf8").slice(0, 20),
    () => undefined,
  );
