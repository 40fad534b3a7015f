// verdict: contained
// without the lockdown: escaped

/** Blocks its thread, and shows how time passes. */
export default () => {
  if (typeof Atomics === "undefined") return undefined;
  return Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0, 20);
};
