// verdict: contained
// without an isolate of its own: escaped

/** Without a limit a trace shows all that lies below guest code. */
export default async ({ retry }) => {
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const seen = {};
  await retry(() => Error.captureStackTrace(seen));
  return /(\/[\w.-]+){2,}|[A-Z]:\\/.exec(seen.stack)?.[0];
};
