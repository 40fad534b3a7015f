// verdict: contained
// without an isolate of its own: escaped

/** There are no timers, and none to be found. */
export default ({ output }) => output.constructor("return typeof setTimeout === 'undefined' ? undefined : String(setTimeout)")();
