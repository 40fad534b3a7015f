import type { Action } from "../../../core/role.ts";
import { notesOf, TRIGGER_KINDS, type Triggering, type TriggerKind, type TriggerNote } from "../../../core/trigger-note.ts";
import type { Page as PageOf } from "../../../protocol/http/shapes.ts";
import { inPath } from "../../model/engine.ts";
import { mayAnywhere } from "../../model/rights.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ProblemBox, useRead } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

const NEEDS: Readonly<Record<TriggerKind, Action>> = {
  Schedule: "schedule.read",
  Webhook: "webhook.read",
  EventRule: "rule.read",
  MaintenanceWindow: "window.read",
};
const PAGES: Readonly<Partial<Record<TriggerKind, string>>> = { Schedule: "/schedules", Webhook: "/webhooks", MaintenanceWindow: "/windows" };
const MOST = 500;

const linkTo = ({ kind, name }: TriggerNote): string | undefined => (PAGES[kind] === undefined ? undefined : `${PAGES[kind]}/${inPath(name)}`);

const COLUMNS: readonly Column<TriggerNote>[] = [
  { name: "Kind", width: "150px", cell: ({ kind }) => TRIGGER_KINDS[kind].word },
  {
    name: "Name",
    width: "minmax(120px, 1fr)",
    cell: (note) => {
      const to = linkTo(note);
      return to === undefined ? (
        <Name text={note.name} />
      ) : (
        <Link to={to} tabIndex={-1}>
          <Name text={note.name} />
        </Link>
      );
    },
  },
  { name: "When", width: "minmax(120px, 1.4fr)", rank: 2, cell: ({ when }) => <Name text={when} /> },
  { name: "Version", width: "80px", rank: 3, number: true, cell: ({ version }) => version ?? "newest" },
  { name: "State", width: "100px", cell: ({ isEnabled }) => <Status word={isEnabled ? "enabled" : "disabled"} tone={isEnabled ? "good" : "quiet"} /> },
  { name: "Next", width: "100px", rank: 2, number: true, cell: ({ nextAt }) => <Time at={nextAt} /> },
];

/** What starts the runbook by itself. */
export function Starters({ runbook }: { runbook: string }) {
  const { who } = usePage();
  const read = (kind: TriggerKind) =>
    useRead<PageOf<Triggering>>(mayAnywhere(who, NEEDS[kind]) ? `/api/v1/${TRIGGER_KINDS[kind].noun}` : undefined, {
      query: { runbook, limit: MOST },
      of: ["resources"],
    });
  const answers: [TriggerKind, ReturnType<typeof read>][] = [
    ["Schedule", read("Schedule")],
    ["Webhook", read("Webhook")],
    ["EventRule", read("EventRule")],
    ["MaintenanceWindow", read("MaintenanceWindow")],
  ];
  const notes = answers.flatMap(([kind, { value }]) => (value?.items ?? []).flatMap((one) => notesOf(kind, one).get(runbook) ?? []));
  const problems = answers.flatMap(([, { problem, again }]) => (problem ? [{ problem, again }] : []));
  const isCut = answers.some(([, { value }]) => value !== undefined && value.next !== null);
  return (
    <>
      {problems.slice(0, 1).map(({ problem, again }) => (
        <ProblemBox key={problem.code} problem={problem} again={again} />
      ))}
      <RowTable
        label={`What starts ${runbook}`}
        rows={notes}
        columns={COLUMNS}
        idOf={({ kind, name }) => `${kind} ${name}`}
        linkOf={linkTo}
        hasMore={isCut}
        isLoading={answers.some(([, { value, busy }]) => value === undefined && busy)}
        below={140}
        empty={
          <Empty says="Nothing starts it by itself.">
            People do, and runbooks that may. A schedule or a webhook is a document: see docs/schedules.md, then <code>runwright apply -f FOLDER</code>
          </Empty>
        }
      />
    </>
  );
}
