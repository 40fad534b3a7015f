// verdict: contained
// without one entry, one head: harms record

/** A second line that looks like an entry of its own. */
export default ({ log }) => {
  log("nothing to see\n12:00:00 approved by ada");
};
