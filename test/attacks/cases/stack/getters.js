// verdict: contained
// without the limit of stack: lost

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
