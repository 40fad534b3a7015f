// verdict: contained
// without the lockdown: escaped

/** Grows outside of the limit, as resizable ones do. */
export default () => {
  if (typeof SharedArrayBuffer === "undefined") return undefined;
  const buffer = new SharedArrayBuffer(8, { maxByteLength: 300_000_000 });
  buffer.grow(200_000_000);
  new Uint8Array(buffer).fill(1);
  return buffer.byteLength;
};
