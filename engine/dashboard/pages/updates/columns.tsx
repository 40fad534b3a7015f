import { VERDICTS } from "../../../core/update-policy.ts";
import type { CveGroup, UpdateGroup } from "../../../protocol/http/fleet.ts";
import { groupPath } from "../../model/update-group.ts";
import { countText, shareText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Amount } from "../../parts/parts-bar.tsx";
import type { Column } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

type Either = UpdateGroup | CveGroup;

const figures = (most: number): readonly Column<Either>[] => [
  { name: "Overdue", width: "70px", number: true, rank: 2, cell: ({ overdue }) => <span class={overdue > 0 ? "tone-bad" : "soft"}>{countText(overdue)}</span> },
  { name: "Machines", width: "minmax(84px, 150px)", number: true, cell: ({ machines }) => <Amount count={machines} most={most} /> },
  { name: "First seen", width: "88px", number: true, cell: ({ firstSeenAt }) => <Time at={firstSeenAt} /> },
];

const risks: readonly Column<Either>[] = [
  { name: "Severity", width: "106px", rank: 2, cell: ({ severity }) => <Status word={severity} /> },
  {
    name: "Exploited",
    width: "100px",
    rank: 3,
    cell: ({ exploitedSince, epss }) =>
      exploitedSince ? <Status word="exploited" /> : epss === null ? "" : <span class="soft">EPSS {shareText(epss, 1)}</span>,
  },
];

const verdictsText = (verdicts: Either["verdicts"]): string =>
  VERDICTS.flatMap((verdict) => (verdicts[verdict] ? [`${countText(verdicts[verdict])} ${verdict}`] : [])).join(", ");

/** @param most machines that miss any one of them */
export const updateColumns = (most: number): readonly Column<UpdateGroup>[] => [
  {
    name: "Update",
    width: "minmax(150px, 2fr)",
    cell: (group) => (
      <>
        <Link to={groupPath("update", group.name)} tabIndex={-1}>
          <Name text={group.name} />
        </Link>
        {group.title !== null && (
          <span class="soft">
            {" "}
            <Name text={group.title} longest={120} />
          </span>
        )}
      </>
    ),
  },
  { name: "Classification", width: "112px", rank: 2, cell: ({ classification }) => <Status word={classification} /> },
  ...risks,
  { name: "Verdicts", width: "minmax(170px, 1.6fr)", rank: 3, cell: ({ verdicts }) => <span class="soft">{verdictsText(verdicts)}</span> },
  {
    name: "Newest version",
    width: "minmax(110px, 1fr)",
    rank: 3,
    cell: ({ newestVersion, versions }) => (
      <>
        <Name text={newestVersion} longest={60} />
        {versions > 1 && <span class="soft"> of {countText(versions)}</span>}
      </>
    ),
  },
  ...figures(most),
];

/** @param most machines that any one of them concerns */
export const cveColumns = (most: number): readonly Column<CveGroup>[] => [
  {
    name: "Vulnerability",
    width: "minmax(128px, 1fr)",
    cell: ({ cve }) => (
      <Link to={groupPath("cve", cve)} tabIndex={-1}>
        <Name text={cve} />
      </Link>
    ),
  },
  ...risks,
  {
    name: "Mended by",
    width: "minmax(150px, 2fr)",
    rank: 2,
    cell: ({ updates, updateCount }) => (
      <>
        <Name text={updates.join(", ")} /> {updateCount > updates.length && <span class="soft">and {countText(updateCount - updates.length)} more</span>}
      </>
    ),
  },
  { name: "Verdicts", width: "minmax(170px, 1.6fr)", rank: 3, cell: ({ verdicts }) => <span class="soft">{verdictsText(verdicts)}</span> },
  ...figures(most),
];
