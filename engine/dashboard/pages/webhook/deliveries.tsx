import { useMemo } from "preact/hooks";
import { DELIVERY_STATUSES } from "../../../core/webhook.ts";
import type { Delivery } from "../../../protocol/http/webhooks.ts";
import { inPath } from "../../model/engine.ts";
import { counted } from "../../model/words.ts";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ProblemBox } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";
import { Select } from "../../parts/select.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { useLongList } from "../../parts/use-long-list.ts";
import { DeliveryDetail } from "./delivery-detail.tsx";

const COLUMNS: readonly Column<Delivery>[] = [
  { name: "Received", width: "84px", number: true, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
  { name: "Became", width: "104px", cell: ({ status }) => <Status word={status} /> },
  {
    name: "Because",
    width: "minmax(110px, 2fr)",
    cell: ({ reason, replayOf }) => <Name text={[...(replayOf === null ? [] : ["replayed"]), reason].filter(Boolean).join(", ")} />,
  },
  { name: "From", width: "minmax(90px, 140px)", rank: 2, cell: ({ address }) => <Name text={address} /> },
  {
    name: "Jobs",
    width: "76px",
    rank: 2,
    number: true,
    cell: ({ jobIds }) => (jobIds.length === 0 ? <span class="soft">none</span> : counted(jobIds.length, "job")),
  },
];
const STATUSES = [{ value: "", name: "Whatever became of it" }, ...DELIVERY_STATUSES.map((status) => ({ value: status, name: status }))];

/** What was received, newest first; one of them, whole, stands in the address. */
export function Deliveries({ name, mayReplay }: { name: string; mayReplay: boolean }) {
  const { location } = usePage();
  const { status = "", delivery } = location.place.value.query;
  const list = useLongList<Delivery>({
    path: `/api/v1/webhooks/${inPath(name)}/deliveries`,
    query: { status },
    idOf: ({ id }) => id,
    of: ["deliveries", "resources", "jobs"],
    pageSize: 100,
    order: "growing",
  });
  const problem = list.problem.value;
  const columns = useMemo(() => COLUMNS, []);
  return (
    <div class="stack">
      <div class="filters">
        <Select label="What became of it" value={status} choices={STATUSES} onValue={(value) => location.narrow({ status: value })} />
      </div>
      {problem && <ProblemBox problem={problem} again={list.again} isOlder={list.rows.value.length > 0} />}
      <RowTable
        label="Deliveries, newest first"
        rows={list.rows.value}
        columns={columns}
        idOf={({ id }) => id}
        onChoose={({ id }) => location.narrow({ delivery: id })}
        onShow={list.show}
        hasMore={list.hasMore.value}
        isLoading={list.isFirst.value}
        waiting={list.waiting.value}
        onTakeWaiting={list.takeWaiting}
        below={240}
        empty={
          status === "" ? (
            <Empty says="Nothing was received yet.">
              <code>curl -X POST --json '{"{}"}' ADDRESS</code>, or the tab Test
            </Empty>
          ) : (
            <Empty says="None became this." />
          )
        }
      />
      {delivery && (
        <DeliveryDetail
          key={delivery}
          webhook={name}
          id={delivery}
          mayReplay={mayReplay}
          onDone={list.again}
          onClose={() => location.narrow({ delivery: null })}
        />
      )}
    </div>
  );
}
