// verdict: contained
// without an isolate of its own: escaped

/** Every function leads to the Function of the realm that made it. */
export default ({ output }) => output.constructor("return typeof process === 'undefined' ? undefined : process.version")();
