import { type Static, Type } from "typebox";
import { Closed } from "../http/shapes.ts";

/** `kind: Runbook` as it stands in YAML, without `kind`, `name` and `scope`. Runbooks that lie in no other scope than the rest need none. */
export const RunbookFileSpec = Closed({
  file: Type.String({ minLength: 1, maxLength: 500, pattern: "\\.(ts|mts)$", description: "The runbook's file, relative to this one, such as ./restart.ts" }),
});

/** The same as it is sent: what the command has made of the file. Without a bundle it says that the newest version is this one already. */
export const RunbookSpec = Closed({
  bundleHash: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  bundle: Type.Optional(Type.String({ minLength: 1 })),
  sourceMap: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  sources: Type.Optional(Type.Array(Closed({ path: Type.String({ minLength: 1, maxLength: 500 }), text: Type.String() }), { maxItems: 1_000 })),
});
export type RunbookSpec = Static<typeof RunbookSpec>;
