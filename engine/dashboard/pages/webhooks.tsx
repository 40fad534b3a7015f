import { isEnabled, listOf, memberOf, runbooksOf, textOf } from "../../core/loosely.ts";
import type { Resource } from "../../protocol/http/resources.ts";
import { inPath } from "../model/engine.ts";
import { Link } from "../parts/link.tsx";
import { ListTable } from "../parts/list-table.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import type { Column } from "../parts/row-table.tsx";
import { Search } from "../parts/search.tsx";
import { Status } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { useLongList } from "../parts/use-long-list.ts";
import { WebhookState } from "./webhook/webhook-state.tsx";

const COLUMNS: readonly Column<Resource>[] = [
  {
    name: "Webhook",
    width: "minmax(110px, 1.2fr)",
    cell: ({ name }) => (
      <Link to={`/webhooks/${inPath(name)}`} tabIndex={-1}>
        <Name text={name} />
      </Link>
    ),
  },
  { name: "State", width: "112px", cell: (webhook) => <WebhookState webhook={webhook} /> },
  { name: "Verified by", width: "130px", rank: 2, cell: ({ spec }) => <Verified scheme={textOf(memberOf(spec.verify, "scheme")) ?? "none"} /> },
  { name: "Starts", width: "minmax(100px, 1.4fr)", rank: 2, cell: ({ spec }) => <Name text={runbooksOf(spec).join(", ")} /> },
  { name: "Tokens", width: "64px", rank: 3, number: true, cell: ({ state }) => listOf(state.tokens).length },
  { name: "Scope", width: "minmax(60px, 0.6fr)", rank: 3, cell: ({ scope }) => <Name text={scope} /> },
  {
    name: "Ends",
    width: "84px",
    number: true,
    cell: ({ spec, state }) => (isEnabled(spec) ? <Time at={textOf(state.expiresAt)} /> : <span class="soft">–</span>),
  },
];

const Verified = ({ scheme }: { scheme: string }) => (scheme === "none" ? <Status word="nothing" tone="warn" /> : scheme);

export function Webhooks() {
  const { location } = usePage();
  const { search = "" } = location.place.value.query;
  const list = useLongList<Resource>({
    path: "/api/v1/webhooks",
    query: { search: search.trim() },
    idOf: ({ id }) => id,
    of: ["resources"],
    pageSize: 100,
    order: "named",
  });
  return (
    <Page title="Webhooks">
      <div class="filters">
        <Search name="Name" placeholder="Part of a name" value={search} onValue={(text) => location.narrow({ search: text })} />
      </div>
      <ListTable
        list={list}
        label="Webhooks"
        columns={COLUMNS}
        idOf={({ id }) => id}
        linkOf={({ name }) => `/webhooks/${inPath(name)}`}
        empty={
          search ? (
            <Empty says="No webhook has this in its name." />
          ) : (
            <Empty says="No webhook yet.">
              Write one as a file (<code>kind: Webhook</code>, docs/webhooks.md), and apply it: <code>runwright apply -f deploys.yaml</code>. Its page then
              gives it an address.
            </Empty>
          )
        }
      />
    </Page>
  );
}
