// Given to the bundler: wherever the extension's rules say `Temporal`, they get this. Oldest supported editors run Node 22, which has none. It isn't made global,
// because other extensions live in the same process; and the stand-in, a file of its own, is read when a time is first asked about, not while the editor starts.
export const Temporal = globalThis.Temporal ?? new Proxy({}, { get: (_, name) => require("./temporal-stand-in.cjs").Temporal[name] });
