// verdict: contained
// without the limit of stack: lost

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
