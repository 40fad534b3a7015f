// verdict: contained
// without V8's limit of the stack: lost

/** Calls itself until there is no stack left. */
export default () => {
  const deeper = () => deeper() + 1;
  try {
    deeper();
  } catch {
    return undefined;
  }
};
