// verdict: failed memory
// without the limits of memory: harms memory
// long

/** Promises that nobody settles. */
export default () => {
  const kept = [];
  for (;;) kept.push(new Promise(() => {}).then(() => {}));
};
