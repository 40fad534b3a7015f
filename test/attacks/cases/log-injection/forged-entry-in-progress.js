// verdict: contained
// without one entry, one head: harms record

export default ({ progress }) => {
  progress(0.5, "half\n12:00:00 approved by ada");
};
