// verdict: contained
// without what the command prints is clean: harms record

/** Takes back what it has written. */
export default ({ log }) => {
  log("failed\b\b\b\b\b\bpassed");
};
