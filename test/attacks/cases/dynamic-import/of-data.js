// verdict: contained
// without an isolate of its own: escaped

/** The code comes along with its address. */
export default () =>
  import("data:text/javascript,export default process.version").then(
    ({ default: version }) => version,
    () => undefined,
  );
