import type { Approval } from "../../protocol/http/approvals.ts";
import { inPath } from "../model/engine.ts";
import { Beside } from "../parts/beside.tsx";
import { Link } from "../parts/link.tsx";
import { ListTable } from "../parts/list-table.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import type { Column } from "../parts/row-table.tsx";
import { Select } from "../parts/select.tsx";
import { Time } from "../parts/time.tsx";
import { useLongList } from "../parts/use-long-list.ts";
import { ApprovalAside, ApprovalStatus } from "./approvals/approval.tsx";

const COLUMNS: readonly Column<Approval>[] = [
  { name: "Status", width: "104px", cell: ({ status }) => <ApprovalStatus word={status} /> },
  { name: "Asks", width: "minmax(120px, 2.4fr)", cell: ({ message }) => <Name text={message} longest={240} /> },
  {
    name: "Runbook",
    width: "minmax(100px, 1fr)",
    rank: 2,
    cell: ({ job, runbook }) => (
      <Link to={`/jobs/${inPath(job)}`} tabIndex={-1}>
        <Name text={runbook} />
      </Link>
    ),
  },
  { name: "Asked for by", width: "minmax(80px, 0.8fr)", rank: 2, cell: ({ requester }) => <Name text={requester} /> },
  { name: "Scope", width: "minmax(60px, 0.6fr)", rank: 3, cell: ({ scope }) => <Name text={scope} /> },
  { name: "Asked", width: "84px", number: true, rank: 3, cell: ({ requestedAt }) => <Time at={requestedAt} /> },
  { name: "Ends", width: "84px", number: true, cell: ({ expiresAt, closedAt }) => (closedAt === null ? <Time at={expiresAt} /> : <span class="soft">–</span>) },
];
const SHOWN = [
  { value: "", name: "Waiting" },
  { value: "all", name: "All" },
];

/** What jobs ask people for: what waits, or all of it. */
export function Approvals() {
  const { location } = usePage();
  const { show = "", approval } = location.place.value.query;
  const isAll = show === "all";
  const list = useLongList<Approval>({
    path: "/api/v1/approvals",
    query: { open: isAll ? undefined : true },
    idOf: ({ id }) => id,
    of: ["approvals"],
    pageSize: 100,
    // Those that are decided leave the list of those that wait, whichever page they are on.
    order: isAll ? "growing" : "named",
  });
  return (
    <Page title="Approvals">
      <div class="filters">
        <Select label="Shown" value={isAll ? "all" : ""} choices={SHOWN} onValue={(value) => location.narrow({ show: value })} />
      </div>
      <Beside aside={approval && <ApprovalAside key={approval} id={approval} onClose={() => location.narrow({ approval: null })} />}>
        <ListTable
          list={list}
          label="Approvals, newest first"
          columns={COLUMNS}
          idOf={({ id }) => id}
          {...(approval && { chosen: approval })}
          onChoose={({ id }) => location.narrow({ approval: id })}
          empty={
            isAll ? (
              <Empty says="Nobody has been asked yet.">
                A runbook asks people with <code>approval()</code>, and waits for their answer.
              </Empty>
            ) : (
              <Empty says="Nobody waits for an approval." />
            )
          }
        />
      </Beside>
    </Page>
  );
}
