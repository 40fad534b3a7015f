// verdict: contained
// without the strict prelude: escaped

/** Frames give their functions away, unless they are strict. */
export default async ({ log }) => {
  let won;
  Error.prepareStackTrace = (_error, sites) => {
    for (const site of sites) if (site.getFileName() === "<runwright>" && site.getFunction()) won = String(site.getFunction());
  };
  log({
    toString() {
      void new Error().stack;
      return "x";
    },
  });
  Error.prepareStackTrace = undefined;
  return won;
};
