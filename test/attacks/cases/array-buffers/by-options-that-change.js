// verdict: contained
// without the lockdown: escaped

/** Says one thing to whoever checks, and another to whoever makes the buffer. */
export default () => {
  let asked = 0;
  const options = {
    get maxByteLength() {
      return asked++ === 0 ? undefined : 300_000_000;
    },
  };
  try {
    return new ArrayBuffer(8, options).maxByteLength === 300_000_000 || new ArrayBuffer(8, options).maxByteLength;
  } catch {
    return undefined;
  }
};
