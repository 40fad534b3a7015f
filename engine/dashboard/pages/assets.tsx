import { useState } from "preact/hooks";
import { ASSET_KINDS } from "../../core/asset.ts";
import type { Asset } from "../../protocol/http/access.ts";
import { endTone } from "../model/asset-form.ts";
import { mayAnywhere } from "../model/rights.ts";
import { Beside } from "../parts/beside.tsx";
import { Choice } from "../parts/choice.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { ProblemBox, useRead } from "../parts/read.tsx";
import { type Column, RowTable } from "../parts/row-table.tsx";
import { Search } from "../parts/search.tsx";
import { Badge, Shape } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { AssetAside } from "./assets/asset.tsx";
import { SetAsset } from "./assets/set-asset.tsx";

const idOf = ({ scope, name }: Asset): string => `${name} ${scope}`;

const COLUMNS: readonly Column<Asset>[] = [
  { name: "Name", width: "minmax(122px, 2fr)", cell: ({ name }) => <Name text={name} /> },
  { name: "Kind", width: "minmax(96px, 0.8fr)", cell: (asset) => <Kind asset={asset} /> },
  { name: "Scope", width: "minmax(72px, 1fr)", rank: 2, cell: ({ scope }) => <Name text={scope} /> },
  { name: "Set by", width: "minmax(80px, 1fr)", rank: 3, cell: ({ updatedBy }) => <Name text={updatedBy} /> },
  { name: "Ends", width: "88px", number: true, cell: ({ expiresAt }) => <Ends at={expiresAt} /> },
  { name: "Version", width: "64px", number: true, rank: 3, cell: ({ version }) => version },
  { name: "Set", width: "88px", number: true, rank: 2, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

function Kind({ asset: { kind, type, encrypted } }: { asset: Asset }) {
  return (
    <span class="badges">
      {kind}
      {kind === "variable" && type !== null && <span class="soft">{type}</span>}
      {encrypted && <Badge>hidden</Badge>}
    </span>
  );
}

function Ends({ at }: { at: string | null }) {
  const { now } = usePage();
  if (at === null) return null;
  const tone = endTone(at, now.value);
  return (
    <span class={tone === "quiet" ? "" : `status tone-${tone}`}>
      {tone !== "quiet" && <Shape tone={tone} />}
      <Time at={at} />
    </span>
  );
}

/** What runbooks read by name. Values go in here, and never come out. */
export function Assets() {
  const { location, who } = usePage();
  const { search = "", kind = "", asset = "" } = location.place.value.query;
  const [isSetting, setSetting] = useState(false);
  const read = useRead<{ items: Asset[] }>("/api/v1/assets", { of: ["assets"], every: 2_000 });
  const wanted = search.toLowerCase();
  const all = read.value?.items ?? [];
  const rows = all.filter((one) => (kind === "" || one.kind === kind) && one.name.toLowerCase().includes(wanted));
  // A link from elsewhere names it without its scope.
  const chosen = all.find((one) => idOf(one) === asset) ?? all.find(({ name }) => name === asset);
  const maySet = mayAnywhere(who, "asset.write");
  const isNarrowed = search !== "" || kind !== "";
  return (
    <Page
      title="Assets"
      actions={
        maySet && (
          <button type="button" class="button" onClick={() => setSetting(true)}>
            Set an asset
          </button>
        )
      }
    >
      <div class="filters">
        <Search name="Name" placeholder="Part of a name" value={search} onValue={(text) => location.narrow({ search: text })} />
        <Choice name="kind" words={ASSET_KINDS} value={kind} />
      </div>
      {read.problem && <ProblemBox problem={read.problem} again={read.again} isOlder={read.value !== undefined} />}
      <Beside aside={chosen && <AssetAside key={idOf(chosen)} asset={chosen} onClose={() => location.narrow({ asset: null })} />}>
        <RowTable<Asset>
          label="Assets"
          rows={rows}
          columns={COLUMNS}
          idOf={idOf}
          chosen={chosen && idOf(chosen)}
          onChoose={(one) => location.narrow({ asset: idOf(one) })}
          below={64}
          isLoading={read.value === undefined && read.problem === undefined}
          empty={
            isNarrowed ? (
              <Empty says="No asset is like this." />
            ) : (
              <Empty says="There is no asset yet.">
                Runbooks read secrets, variables and the like by name. Set one here, or from a terminal, which asks for its value:
                <pre class="mono">npx --no-install runwright asset set status-token</pre>
              </Empty>
            )
          }
        />
      </Beside>
      {isSetting && <SetAsset onClose={() => setSetting(false)} />}
    </Page>
  );
}
