// verdict: contained
// without an isolate of its own: escaped

/** A getter that is inherited from the host is a function of the host. */
export default ({ log }) => log.__lookupGetter__("__proto__").constructor("return typeof process === 'undefined' ? undefined : process.version")();
