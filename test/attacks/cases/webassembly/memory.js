// verdict: contained
// without the lockdown: escaped

/** Its memory isn't counted by the isolate: 190 MB under a limit of 64. */
export default () => {
  if (typeof WebAssembly === "undefined") return undefined;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
  memory.grow(3_000);
  new Uint8Array(memory.buffer).fill(1);
  return memory.buffer.byteLength;
};
