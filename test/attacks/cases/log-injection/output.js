// verdict: contained
// without what the command prints is clean: harms record

/** An output is printed as well. */
export default ({ output }) => {
  output("\u001b[8mhidden\u001b[0m");
};
