import { CLASSIFICATIONS, SEVERITIES } from "../../core/update.ts";
import { VERDICTS } from "../../core/update-policy.ts";
import type { UpdateGroup } from "../model/to-come.ts";
import { inPath, withQuery } from "../model/engine.ts";
import { Choice } from "../parts/choice.tsx";
import { Empty, Page, Tabs } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { ProblemBox } from "../parts/read.tsx";
import { RowTable } from "../parts/row-table.tsx";
import { Search } from "../parts/search.tsx";
import { SelectorBox } from "../parts/selector-box.tsx";
import { useLongList } from "../parts/use-long-list.ts";
import { groupColumns } from "./updates/columns.tsx";

/** What is missing, each update or vulnerability once, those that most machines miss first. */
export function Updates() {
  const { location } = usePage();
  const { query } = location.place.value;
  const by = query.by === "cve" ? "cve" : "update";
  const { search = "", classification = "", severity = "", verdict = "", exploited = "", selector = "" } = query;
  const filter = { search, classification, severity, verdict, exploited, selector };
  const list = useLongList<UpdateGroup>({ path: "/api/v1/updates/groups", query: { by, ...filter }, idOf: ({ name }) => name, of: ["updates", "machines"], pageSize: 200, order: "named" });
  const rows = list.rows.value;
  const problem = list.problem.value;
  const isNarrowed = Object.values(filter).some((one) => one !== "");
  return (
    <Page title="Updates" actions={<SelectorBox />}>
      <Tabs
        label="Grouped by"
        current={by}
        tabs={[
          { id: "update", name: "By update", to: withQuery("/updates", filter) },
          { id: "cve", name: "By vulnerability", to: withQuery("/updates", { by: "cve", ...filter }) },
        ]}
      />
      <div class="filters">
        <Search name={by === "cve" ? "CVE" : "Name of an update"} placeholder={by === "cve" ? "CVE-2026-" : "openssl"} value={search} onValue={(text) => location.narrow({ search: text })} />
        <Choice name="classification" words={CLASSIFICATIONS} value={classification} />
        <Choice name="severity" words={SEVERITIES} value={severity} />
        <Choice name="verdict" words={VERDICTS} value={verdict} />
        <label class="check">
          <input type="checkbox" checked={exploited === "true"} onChange={(event) => location.narrow({ exploited: event.currentTarget.checked ? "true" : null })} /> exploited only
        </label>
      </div>
      {problem && <ProblemBox problem={problem} again={list.again} isOlder={rows.length > 0} />}
      <RowTable
        label={by === "cve" ? "Vulnerabilities that missing updates mend, by machines" : "Missing updates, by machines"}
        rows={rows}
        columns={groupColumns(by, rows[0]?.machines ?? 0)}
        idOf={({ name }) => name}
        linkOf={({ name }) => withQuery(`/updates/${by}/${inPath(name)}`, { selector })}
        onShow={list.show}
        hasMore={list.hasMore.value}
        isLoading={list.isFirst.value}
        below={150}
        empty={
          isNarrowed ? (
            <Empty says="Nothing that is missing fits this.">
              <button type="button" class="button" onClick={() => location.narrow({ search: null, classification: null, severity: null, verdict: null, exploited: null, selector: null })}>
                Show all
              </button>
            </Empty>
          ) : (
            <Empty says="Nothing is missing.">
              Machines report by themselves; to ask them now: <code>runwright update assess all --wait</code>
            </Empty>
          )
        }
      />
    </Page>
  );
}
