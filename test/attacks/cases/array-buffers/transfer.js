// verdict: contained
// without the lockdown: escaped

/** Makes a small buffer a large one. */
export default () => {
  const { transfer } = ArrayBuffer.prototype;
  if (transfer === undefined) return undefined;
  const kept = [];
  for (let i = 0; i < 4; i++) kept.push(new ArrayBuffer(8).transfer(50_000_000));
  return kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
};
