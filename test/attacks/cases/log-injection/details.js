// verdict: contained
// without what the command prints is clean: harms record

/** A bell and an end of text. */
export default ({ log }) => {
  log("x\u0000\u0007");
};
