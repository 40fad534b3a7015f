// verdict: contained
// without an isolate of its own: escaped

/** The chain of prototypes ends in the realm that the object comes from. */
export default (ctx) => {
  for (let at = ctx; at !== null; at = Object.getPrototypeOf(at)) {
    if (at !== ctx && at !== Object.prototype) return "a prototype of another realm";
  }
};
