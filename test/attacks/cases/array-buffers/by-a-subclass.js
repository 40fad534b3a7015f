// verdict: contained
// without the lockdown: escaped

/** A subclass hands its options to whatever it extends. */
export default () => {
  class Growing extends ArrayBuffer {
    constructor() {
      super(8, { maxByteLength: 300_000_000 });
    }
  }
  try {
    return new Growing().maxByteLength;
  } catch {
    return undefined;
  }
};
