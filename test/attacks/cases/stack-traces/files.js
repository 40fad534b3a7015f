// verdict: contained
// without an isolate of its own: escaped

/** Frames name the files of the host. */
export default async ({ retry }) => {
  let won;
  Error.prepareStackTrace = (_error, sites) => {
    won ??= sites.map((site) => site.getFileName()).find((file) => /[\\/]/.test(file ?? ""));
    return "";
  };
  await retry(() => void new Error().stack);
  Error.prepareStackTrace = undefined;
  return won;
};
