import { ASSET_KINDS } from "../../../engine/core/asset.ts";
import type { Asset } from "../../../engine/protocol/http/access.ts";
import { shownBranch } from "../branch.ts";
import { ASSETS } from "../client/lists.ts";
import { createPagedBranch, type PagedBranch } from "../paged-branch.ts";
import { assetGroupRow, assetRow } from "../rows/asset-row.ts";
import { createTree, type Tree } from "../tree.ts";
import type { TreeSurroundings } from "./parts.ts";

/** Assets by kind, never with a value. */
export function assetsTree({ client, timers }: TreeSurroundings): Tree {
  let list: PagedBranch<Asset>;
  const groups = () => {
    const found = Map.groupBy(list.items(), ({ kind }) => kind as string);
    const place = (kind: string) => (ASSET_KINDS as readonly string[]).indexOf(kind);
    return new Map([...found].sort(([a], [b]) => place(a) - place(b)));
  };
  return createTree({
    root() {
      list = createPagedBranch<Asset>({ client, door: ASSETS, keyOf: ({ id }) => id, rowOf: (asset) => assetRow(asset, timers.now()), order: "byName" });
      return { ...list, rows: () => [...groups()].map(([kind, assets]) => assetGroupRow(kind, assets)) };
    },
    branchOf: (row) =>
      row.is.includes("assetKind") ? shownBranch(() => (groups().get(String(row.subject)) ?? []).map((asset) => assetRow(asset, timers.now()))) : undefined,
  });
}
