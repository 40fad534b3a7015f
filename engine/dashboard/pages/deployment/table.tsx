import type { ComponentChildren } from "preact";
import type { Deployment } from "../../../protocol/http/deployments.ts";
import { inPath, type Query } from "../../model/engine.ts";
import { doneOf, failedOf, totalOf } from "../../model/rollout.ts";
import { countText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { MachinesBar } from "../../parts/machines-bar.tsx";
import { Name } from "../../parts/name.tsx";
import type { Column } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { useLongList } from "../../parts/use-long-list.ts";
import { When } from "../../parts/when.tsx";

const addressOf = ({ id }: Deployment): string => `/deployments/${inPath(id)}`;

const COLUMNS: readonly Column<Deployment>[] = [
  { name: "Status", width: "minmax(98px, 142px)", cell: ({ status }) => <Status word={status} /> },
  {
    name: "Window",
    width: "minmax(88px, 1.4fr)",
    cell: (deployment) => (
      <Link to={addressOf(deployment)} tabIndex={-1}>
        <Name text={deployment.window} longest={80} />
      </Link>
    ),
  },
  { name: "Opens", width: "118px", cell: ({ opensAt }) => <When at={opensAt} /> },
  { name: "Machines", width: "72px", number: true, rank: 2, cell: ({ machines }) => countText(totalOf(machines)) },
  {
    name: "Done",
    width: "minmax(80px, 160px)",
    rank: 2,
    cell: ({ machines }) => <MachinesBar machines={machines} label={`${doneOf(machines)} of ${totalOf(machines)} done`} />,
  },
  {
    name: "Failed",
    width: "54px",
    number: true,
    rank: 3,
    cell: ({ machines }) => <span class={failedOf(machines) > 0 ? "tone-bad" : "soft"}>{countText(failedOf(machines))}</span>,
  },
  { name: "Because", width: "minmax(120px, 2fr)", rank: 3, cell: ({ reason }) => <Name text={reason} longest={160} /> },
  { name: "Asked by", width: "minmax(80px, 150px)", rank: 3, cell: ({ requestedBy }) => <Name text={requestedBy} longest={60} /> },
];

/** Deployments, newest first: each with how far it is. */
export function DeploymentTable({ query, empty, below }: { query: Query; empty: ComponentChildren; below?: number }) {
  const list = useLongList<Deployment>({ path: "/api/v1/deployments", query, idOf: ({ id }) => id, of: ["deployments"], pageSize: 100, order: "growing" });
  return <ListTable list={list} label="Deployments, newest first" columns={COLUMNS} idOf={({ id }) => id} linkOf={addressOf} empty={empty} below={below} />;
}
