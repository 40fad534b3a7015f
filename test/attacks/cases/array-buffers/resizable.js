// verdict: contained
// without the lockdown: escaped

/** What it grows to isn't counted: 200 MB under a limit of 64. */
export default () => {
  try {
    const buffer = new ArrayBuffer(8, { maxByteLength: 300_000_000 });
    buffer.resize(200_000_000);
    new Uint8Array(buffer).fill(1);
    return buffer.byteLength;
  } catch {
    return undefined;
  }
};
