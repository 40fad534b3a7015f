// verdict: contained
// without the limit of stack: lost

/** Calls itself until there is no stack left. */
export default () => {
  const deeper = () => deeper() + 1;
  try {
    deeper();
  } catch {
    return undefined;
  }
};
