// verdict: contained
// without an isolate of its own: escaped

/** An async function leads to AsyncFunction, which compiles text too. */
export default async ({ variables }) => variables.get.constructor("return typeof process === 'undefined' ? undefined : process.version")();
