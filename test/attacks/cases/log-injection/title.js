// verdict: contained
// without what the command prints is clean: harms record

/** The title of the window. */
export default ({ log }) => {
  log("\u001b]0;root@engine\u001b\\");
};
