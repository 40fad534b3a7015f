// verdict: contained
// without an isolate of its own: escaped

/** Function.prototype[Symbol.hasInstance] is a function of the realm that it comes from. */
export default ({ output }) =>
  Object.getPrototypeOf(output)[Symbol.hasInstance].constructor("return typeof process === 'undefined' ? undefined : process.version")();
