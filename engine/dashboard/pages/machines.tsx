import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { RunwrightError } from "../../core/errors.ts";
import { parseSelector } from "../../core/selector.ts";
import type { MachineFacets } from "../../protocol/http/fleet.ts";
import type { Machine } from "../../protocol/http/machines.ts";
import { facetsOf } from "../model/facets.ts";
import { asNameSearch } from "../model/selector-text.ts";
import { Facets } from "../parts/facets.tsx";
import { ListTable } from "../parts/list-table.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { useRead } from "../parts/read.tsx";
import { Search } from "../parts/search.tsx";
import { useLongList } from "../parts/use-long-list.ts";
import { useMedia } from "../parts/use-media.ts";
import { MACHINE_COLUMNS, machinePath } from "./machines/columns.tsx";

const PAGE_SIZE = 2_000;

export function Machines() {
  const { location } = usePage();
  const { selector = "", compliance = "" } = location.place.value.query;
  const onSelector = (next: string) => location.narrow({ selector: next });
  const wrong = useMemo(() => wrongIn(selector), [selector]);
  // What a selector that can't be read would have found isn't asked for: the last good list stays.
  const good = useRef("");
  if (wrong === undefined) good.current = selector;
  const query = { selector: good.current, compliance };
  const list = useLongList<Machine>({
    path: "/api/v1/machines",
    query,
    idOf: ({ id }) => id,
    of: ["machines", "updates"],
    pageSize: PAGE_SIZE,
    order: "named",
  });
  const facets = useRead<MachineFacets>("/api/v1/machines/facets", { query, of: ["machines", "updates"], every: 5_000 });
  const byName = wrong === undefined ? undefined : asNameSearch(selector);
  return (
    <Page title="Machines">
      <div class="filters">
        <Search name="Selector" placeholder="os=linux tag:role=web name=web-*" value={selector} onValue={onSelector} wrong={wrong} isCode />
        {byName !== undefined && (
          <button type="button" class="button" onClick={() => onSelector(byName)}>
            Search for {byName}
          </button>
        )}
      </div>
      <div class="with-facets">
        <ListTable<Machine>
          list={list}
          label="Machines"
          columns={MACHINE_COLUMNS}
          idOf={({ id }) => id}
          linkOf={machinePath}
          below={64}
          total={facets.value?.total}
          empty={
            selector || compliance ? (
              <Empty says="No machine is like this.">
                <button type="button" class="button" onClick={() => location.narrow({ selector: null, compliance: null })}>
                  Show all machines
                </button>
              </Empty>
            ) : (
              <Empty says="No machine has joined yet.">
                Make a join token, and run the command that it prints on the machine: <pre class="mono">npx --no-install runwright agent token create</pre>
              </Empty>
            )
          }
        />
        <FacetsPlace isNarrowed={selector !== "" || compliance !== ""}>
          {facets.value && <Facets facets={facetsOf(facets.value, { selector, compliance })} onNarrow={(narrowing) => location.narrow({ ...narrowing })} />}
        </FacetsPlace>
      </div>
    </Page>
  );
}

/** Beside the table, its room kept; where there is none, opened by whoever wants to narrow the list. */
function FacetsPlace({ isNarrowed, children }: { isNarrowed: boolean; children: ComponentChildren }) {
  const isNarrow = useMedia("(width <= 1100px)");
  if (!isNarrow) return <div>{children}</div>;
  return (
    <details>
      <summary>{isNarrowed ? "Narrowed: change" : "Narrow the list"}</summary>
      {children}
    </details>
  );
}

/** What the engine would say of it, without asking; an empty one selects all. */
function wrongIn(selector: string): string | undefined {
  if (selector === "") return undefined;
  try {
    parseSelector(selector);
    return undefined;
  } catch (error) {
    if (error instanceof RunwrightError) return error.message;
    throw error;
  }
}
