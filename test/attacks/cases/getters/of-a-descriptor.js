// verdict: contained
// without an isolate of its own: escaped

/** The same by its descriptor. */
export default ({ params }) => {
  const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(params), "__proto__");
  return get.constructor("return typeof process === 'undefined' ? undefined : process.version")();
};
