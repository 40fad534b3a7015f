// verdict: contained
// without what the command prints is clean: harms record

/** The same in one byte each. */
export default ({ log }) => {
  log("\u009b2J\u009d0;x\u009c");
};
