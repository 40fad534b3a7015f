import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { type ChosenUpdate, INSTALL_STATUSES, type InstalledUpdate, type InstallStatus } from "../core/install.ts";

const update = Type.Object({
  ...{ name: Type.String(), architecture: Type.String(), version: Type.String() },
  fromVersion: Type.Union([Type.String(), Type.Null()]),
  status: Type.Unsafe<InstallStatus>(Type.Union(INSTALL_STATUSES.map((status) => Type.Literal(status)))),
  message: Type.String(),
  startedAt: Type.Union([Type.Number(), Type.Null()]),
  endedAt: Type.Union([Type.Number(), Type.Null()]),
});

const Schema = Type.Object({
  updates: Type.Array(update),
  configurationFiles: Type.Union([Type.Literal("keep"), Type.Literal("replace")]),
  lockTimeoutMs: Type.Number(),
  /** Milliseconds in which a batch may still start, and when that was so; null: as long as it takes. */
  leftMs: Type.Union([Type.Number(), Type.Null()]),
  savedAt: Type.Number(),
  repairs: Type.Array(Type.String()),
  resumed: Type.Number(),
});

/** How far an install has come. */
export type InstallState = Static<typeof Schema>;
const validator = Compile(Schema);
export const isInstallState = (value: unknown): value is InstallState => validator.Check(value);

export const notStarted = (chosen: ChosenUpdate): InstalledUpdate => ({
  ...{ name: chosen.name, architecture: chosen.architecture, version: chosen.version },
  ...{ fromVersion: null, status: "NotStarted", message: "", startedAt: null, endedAt: null },
});

/** What a machine that was away has left of its time: its clock may have been set meanwhile, and then the time is over rather than longer. */
export function leftNow({ leftMs, savedAt }: Pick<InstallState, "leftMs" | "savedAt">, now: number): number | null {
  if (leftMs === null) return null;
  const passed = now - savedAt;
  return passed < 0 ? 0 : Math.max(0, leftMs - passed);
}
