// verdict: contained
// without an isolate of its own: escaped

/** What would follow. */
export default () =>
  import("node:child_process").then(
    ({ execSync }) => String(execSync("id -u")),
    () => undefined,
  );
