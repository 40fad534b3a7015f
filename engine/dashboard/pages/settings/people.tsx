import { useState } from "preact/hooks";
import type { Principal } from "../../../protocol/http/access.ts";
import { inPath } from "../../model/engine.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ProblemBox, useRead } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";
import { Search } from "../../parts/search.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { AddPerson, ChangeGrants } from "./change-grants.tsx";
import { Grants } from "./grants.tsx";

type Asked = { what: "add" } | { what: "grants" | "disabled"; of: Principal };

/** Users and services, and where they have which role. */
export function People() {
  const { location, who } = usePage();
  const { search = "" } = location.place.value.query;
  const [asked, setAsked] = useState<Asked>();
  const read = useRead<{ items: Principal[] }>("/api/v1/principals", { of: ["principals", "activity"], every: 3_000 });
  const rows = (read.value?.items ?? [])
    .filter(({ kind, name }) => kind !== "agent" && name.includes(search.toLowerCase()))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const close = () => setAsked(undefined);
  const columns: readonly Column<Principal>[] = [
    { name: "Name", width: "minmax(90px, 1fr)", cell: ({ name }) => <Name text={name} /> },
    { name: "Kind", width: "72px", rank: 2, cell: ({ kind }) => kind },
    { name: "State", width: "90px", cell: ({ disabledAt }) => (disabledAt === null ? <Status word="active" /> : <Status word="disabled" tone="warn" />) },
    { name: "Roles", width: "minmax(130px, 2fr)", rank: 2, cell: ({ grants }) => <Grants grants={grants} /> },
    { name: "Since", width: "84px", number: true, rank: 3, cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      name: "Change",
      width: "108px",
      number: true,
      cell: (principal) => (
        <span class="badges">
          <button type="button" class="button plain" aria-label={`Roles of ${principal.name}`} onClick={() => setAsked({ what: "grants", of: principal })}>
            Roles
          </button>
          {principal.id !== who.id && (
            <button
              type="button"
              class="button plain"
              aria-label={`${verbOf(principal)} ${principal.name}`}
              onClick={() => setAsked({ what: "disabled", of: principal })}
            >
              {verbOf(principal)}
            </button>
          )}
        </span>
      ),
    },
  ];
  return (
    <>
      <div class="filters">
        <Search name="Name" placeholder="Part of a name" value={search} onValue={(text) => location.narrow({ search: text })} />
        <button type="button" class="button" onClick={() => setAsked({ what: "add" })}>
          Add somebody
        </button>
      </div>
      {read.problem && <ProblemBox problem={read.problem} again={read.again} isOlder={read.value !== undefined} />}
      <RowTable<Principal>
        label="Users and services"
        rows={rows}
        columns={columns}
        idOf={({ id }) => id}
        isLoading={read.value === undefined && read.problem === undefined}
        empty={<Empty says="Nobody has that in their name." />}
      />
      {asked?.what === "add" && <AddPerson onClose={close} />}
      {asked?.what === "grants" && <ChangeGrants of={asked.of} onClose={close} />}
      {asked?.what === "disabled" && <Disable of={asked.of} onClose={close} />}
    </>
  );
}

const verbOf = ({ disabledAt }: Principal): string => (disabledAt === null ? "Disable" : "Enable");

function Disable({ of: { id, name, disabledAt }, onClose }: { of: Principal; onClose(): void }) {
  const { engine, reads } = usePage();
  const isActive = disabledAt === null;
  const does = async () => {
    await engine.send("PUT", `/api/v1/principals/${inPath(id)}/disabled`, { disabled: isActive });
    reads.changed(["principals", "tokens", "activity"]);
  };
  return (
    <Dialog title={`${isActive ? "Disable" : "Enable"} ${name}`} act={isActive ? "Disable" : "Enable"} isGrave={isActive} does={does} onClose={onClose}>
      <p>
        {isActive
          ? "All tokens and sessions are refused from now on. Jobs that run go on. It can be enabled again."
          : "Tokens that haven't ended are taken again."}
      </p>
    </Dialog>
  );
}
