import { type Static, Type } from "typebox";
import { Nullable, Time } from "./shapes.ts";

export const ScopeCounts = Type.Object({
  items: Type.Array(
    Type.Object({ scope: Type.String(), machines: Type.Integer(), runbooks: Type.Integer() }, { description: "What lies in it, not below it" }),
  ),
});
export type ScopeCounts = Static<typeof ScopeCounts>;

const Rate = Type.Object({ perSecond: Type.Number(), burst: Type.Integer() });
const Duration = Type.String({ description: "Such as 180d" });

/** How this engine is set up; nothing secret. */
export const Settings = Type.Object({
  version: Type.String(),
  database: Type.Object({ kind: Type.String({ description: "sqlite or postgres" }), schemaVersion: Type.Integer() }),
  url: Nullable(Type.String({ description: "How others reach it, as configured; null: as you have" })),
  tls: Nullable(Type.Object({ selfSigned: Type.Boolean(), expiresAt: Time }, { description: "null: plain HTTP" })),
  retention: Type.Object({ history: Type.String({ description: "Of assessments and installs, such as 180d" }), trend: Duration }),
  rateLimits: Type.Object({ token: Rate, address: Rate, refused: Rate }),
});
export type Settings = Static<typeof Settings>;
