// verdict: contained
// without V8's limit of the stack: lost

/** Through V8's own functions. */
export default () => {
  const list = [];
  list.toString = () => `${list}`;
  try {
    void `${list}`;
  } catch {
    return undefined;
  }
};
