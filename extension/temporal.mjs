// Given to the bundler: wherever the extension's rules say `Temporal`, they get this. Oldest supported editors run Node 22, which has none. It isn't made global,
// because other extensions live in the same process.
import { Temporal as standIn } from "temporal-polyfill";

export const Temporal = globalThis.Temporal ?? standIn;
