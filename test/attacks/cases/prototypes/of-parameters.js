// verdict: contained
// without an isolate of its own: escaped

/** Parameters are handed in: what made them? */
export default ({ params }) => {
  if (!(params instanceof Object)) return "parameters of another realm";
};
