// verdict: contained
// without the lockdown: escaped

/** Each view leads to a constructor of buffers. */
export default () => {
  try {
    const Found = new Uint8Array(1).buffer.constructor;
    return Reflect.construct(Found, [8, { maxByteLength: 300_000_000 }], ArrayBuffer).maxByteLength;
  } catch {
    return undefined;
  }
};
