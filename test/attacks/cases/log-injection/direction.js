// verdict: contained
// without what the command prints is clean: harms record

/** Turns the reading direction around. */
export default ({ log }) => {
  log("\u202egnp.exe");
};
