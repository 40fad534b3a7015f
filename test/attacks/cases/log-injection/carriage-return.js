// verdict: contained
// without what the command prints is clean: harms record

/** Writes over its own line. */
export default ({ log }) => {
  log("failed: database\rcompleted        ");
};
