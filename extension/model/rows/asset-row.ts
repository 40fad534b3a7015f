import { counted } from "../../../engine/core/counted.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { Asset } from "../../../engine/protocol/http/access.ts";
import { COLOURS, facts, type Icon, type Row } from "../row.ts";

const KINDS: Record<Asset["kind"], { title: string; icon: string }> = {
  variable: { title: "Variables", icon: "symbol-variable" },
  secret: { title: "Secrets", icon: "lock" },
  credential: { title: "Credentials", icon: "key" },
  certificate: { title: "Certificates", icon: "verified" },
  connection: { title: "Connections", icon: "plug" },
};
/** Milliseconds: a certificate that ends within these is told. */
const SOON_MS = 30 * 86_400_000;

export const assetGroupRow = (kind: string, assets: readonly Asset[]): Row => ({
  id: `kind ${kind}`,
  label: Object.hasOwn(KINDS, kind) ? KINDS[kind as Asset["kind"]].title : kind,
  description: counted(assets.length, "asset"),
  icon: { name: Object.hasOwn(KINDS, kind) ? KINDS[kind as Asset["kind"]].icon : "symbol-misc" },
  is: ["assetKind"],
  children: "open",
  subject: kind,
});

export function assetRow(asset: Asset, now: number): Row {
  const { id, name, scope, kind, version, updatedAt, updatedBy, expiresAt } = asset;
  const left = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - now;
  const colour: Icon["colour"] = left <= 0 ? COLOURS.bad : left < SOON_MS ? COLOURS.warning : undefined;
  return {
    id,
    label: name,
    description: [
      scope,
      `v${version}`,
      ...(expiresAt === null ? [] : [left <= 0 ? "has ended" : `ends ${relativeTime(expiresAt, now)}`]),
      relativeTime(updatedAt, now),
    ].join(" · "),
    tooltip: facts([
      ["Name", name],
      ["Kind", asset.encrypted && kind === "variable" ? "variable, encrypted" : kind],
      ["Scope", scope],
      ["Version", String(version)],
      ["Set", `${updatedAt} by ${updatedBy}`],
      ["Of", asset.subject],
      ["Ends", expiresAt],
    ]),
    icon: { name: Object.hasOwn(KINDS, kind) ? KINDS[kind].icon : "symbol-misc", ...(colour === undefined ? {} : { colour }) },
    is: ["asset", kind],
    subject: asset,
  };
}
