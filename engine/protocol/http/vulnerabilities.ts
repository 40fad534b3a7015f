import { type Static, Type } from "typebox";
import { FEED_FORMATS } from "../../core/feeds/feed.ts";
import { Closed, OneOf, Time } from "./shapes.ts";

export const ImportQuery = Closed({
  format: OneOf(FEED_FORMATS),
  platform: Type.Optional(Type.String({ maxLength: 50, description: "Such as rhel:9; for formats that don't name it" })),
  source: Type.Optional(Type.String({ maxLength: 100, description: "Replaces what came under this name before; else the format's name" })),
  file: Type.Optional(Type.String({ maxLength: 255, description: "Its name, for people" })),
});
export const VulnerabilityImport = Type.Object({
  source: Type.String(),
  file: Type.String(),
  importedAt: Time,
  importedBy: Type.String(),
  fixes: Type.Integer({ description: "Fixed versions of packages" }),
  vulnerabilities: Type.Integer({ description: "What is said of vulnerabilities themselves" }),
  skipped: Type.Integer({ description: "Entries that couldn't be used" }),
});
export type VulnerabilityImport = Static<typeof VulnerabilityImport>;
