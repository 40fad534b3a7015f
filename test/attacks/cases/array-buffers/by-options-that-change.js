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
    const buffer = new ArrayBuffer(8, options);
    if (asked === 1) new ArrayBuffer(8, options);
    return buffer.maxByteLength === 300_000_000 || asked === 1 ? buffer.maxByteLength : undefined;
  } catch {
    return undefined;
  }
};
