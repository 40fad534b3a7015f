import { CLASSIFICATIONS, SEVERITIES } from "../../core/update.ts";
import { VERDICTS } from "../../core/update-policy.ts";
import type { CveGroup, UpdateGroup } from "../../protocol/http/fleet.ts";
import { withQuery } from "../model/engine.ts";
import { groupingOf, groupPath } from "../model/update-group.ts";
import { Choice } from "../parts/choice.tsx";
import { ListTable } from "../parts/list-table.tsx";
import { Empty, Page, Tabs } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import type { Column } from "../parts/row-table.tsx";
import { Search } from "../parts/search.tsx";
import { SelectorBox } from "../parts/selector-box.tsx";
import { useLongList } from "../parts/use-long-list.ts";
import { cveColumns, updateColumns } from "./updates/columns.tsx";

/** What is missing, each update or vulnerability once, those that most machines miss first. */
export function Updates() {
  const { location } = usePage();
  const { query } = location.place.value;
  const by = groupingOf(query.by);
  const { search = "", classification = "", severity = "", verdict = "", exploited = "", selector = "" } = query;
  const filter = { search, classification, severity, verdict, exploited, selector };
  return (
    <Page title="Updates" actions={<SelectorBox />}>
      <Tabs
        label="Grouped by"
        current={by}
        tabs={[
          { id: "update", name: "By update", to: withQuery("/updates", { ...filter, search: "" }) },
          { id: "cve", name: "By vulnerability", to: withQuery("/updates", { by: "cve", ...filter, search: "" }) },
        ]}
      />
      <div class="filters">
        <Search
          key={by}
          name={by === "cve" ? "CVE" : "Name of an update"}
          placeholder={by === "cve" ? "CVE-2026-" : "openssl"}
          value={search}
          onValue={(text) => location.narrow({ search: text })}
        />
        <Choice name="classification" words={CLASSIFICATIONS} value={classification} />
        <Choice name="severity" words={SEVERITIES} value={severity} />
        <Choice name="verdict" words={VERDICTS} value={verdict} />
        <label class="check">
          <input
            type="checkbox"
            checked={exploited === "true"}
            onChange={(event) => location.narrow({ exploited: event.currentTarget.checked ? "true" : null })}
          />{" "}
          exploited only
        </label>
      </div>
      {by === "cve" ? (
        <Groups<CveGroup> key={by} label="Vulnerabilities that missing updates mend" query={{ by, ...filter }} columns={cveColumns} nameOf={({ cve }) => cve} />
      ) : (
        <Groups<UpdateGroup> key={by} label="Missing updates" query={{ by, ...filter }} columns={updateColumns} nameOf={({ name }) => name} />
      )}
    </Page>
  );
}

const NOTHING = { search: null, classification: null, severity: null, verdict: null, exploited: null, selector: null };

function Groups<Group extends UpdateGroup | CveGroup>({
  label,
  query,
  columns,
  nameOf,
}: {
  label: string;
  query: Readonly<Record<string, string>>;
  columns(most: number): readonly Column<Group>[];
  nameOf(group: Group): string;
}) {
  const { location } = usePage();
  const list = useLongList<Group>({ path: "/api/v1/updates/groups", query, idOf: nameOf, of: ["updates", "machines"], pageSize: 200, order: "named" });
  const rows = list.rows.value;
  const { by, selector = "", ...narrowing } = query;
  const isNarrowed = selector !== "" || Object.values(narrowing).some((one) => one !== "");
  return (
    <ListTable
      list={list}
      label={`${label}, by machines`}
      columns={columns(rows[0]?.machines ?? 0)}
      idOf={nameOf}
      linkOf={(group) => withQuery(groupPath(groupingOf(by), nameOf(group)), { selector })}
      below={150}
      empty={
        isNarrowed ? (
          <Empty says="Nothing that is missing fits this.">
            <button type="button" class="button" onClick={() => location.narrow(NOTHING)}>
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
  );
}
