// verdict: contained
// without an isolate of its own: escaped

/** A trap runs while the host looks at the proxy, with the host on the stack. */
export default async ({ log }) => {
  let won;
  const spy = new Proxy(
    {},
    {
      get(_target, key) {
        if (key === Symbol.toPrimitive) won = /(\/[\w.-]+){2,}|[A-Z]:\\/.exec(new Error().stack)?.[0];
        return () => "x";
      },
    },
  );
  log(spy);
  return won;
};
