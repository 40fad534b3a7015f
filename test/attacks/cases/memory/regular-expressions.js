// verdict: failed memory
// without the limits of memory: harms memory
// long

/** Compiled expressions, no two alike. */
export default () => {
  const kept = [];
  for (let i = 0; ; i++) {
    const expression = new RegExp("(a" + i + "|b{1,50}){1,40}[^" + "x".repeat(200) + "]" + "y".repeat(5_000));
    expression.test("bbbb");
    kept.push(expression);
  }
};
