// verdict: contained
// without an isolate of its own: escaped

/** A fine clock tells what a machine does. */
export default ({ output }) => output.constructor("return typeof performance === 'undefined' ? undefined : performance.now()")();
