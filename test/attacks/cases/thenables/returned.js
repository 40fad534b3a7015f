// verdict: contained
// without an isolate of its own: escaped

/** Whoever awaits what `run` returns hands its own `resolve` to it. */
export default () => ({
  then(resolve) {
    resolve(resolve.constructor("return typeof process === 'undefined' ? undefined : process.version")());
  },
});
