// verdict: contained
// without the lockdown: escaped

/** Leads to SharedArrayBuffer when its name is gone. */
export default () => {
  if (typeof WebAssembly === "undefined") return undefined;
  return new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer.constructor.name;
};
