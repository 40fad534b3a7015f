// verdict: contained
// without what the command prints is clean: harms record

/** So are the words of progress. */
export default ({ progress }) => {
  progress(0.5, "\u001b[2K\u001b[1A");
};
