// verdict: contained
// without V8's limit of the stack: lost

/** Getters that ask for themselves. */
export default () => {
  const object = {
    get again() {
      return this.again;
    },
  };
  try {
    void object.again;
  } catch {
    return undefined;
  }
};
