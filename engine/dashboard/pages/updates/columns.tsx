import { VERDICTS } from "../../../core/update-policy.ts";
import type { UpdateGroup } from "../../model/to-come.ts";
import { inPath } from "../../model/engine.ts";
import { countText, shareText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Amount } from "../../parts/parts-bar.tsx";
import type { Column } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

/** @param most machines that miss any one of them */
export const groupColumns = (by: "update" | "cve", most: number): readonly Column<UpdateGroup>[] => [
  {
    name: by === "cve" ? "CVE" : "Update",
    width: "minmax(150px, 2fr)",
    cell: ({ name }) => (
      <Link to={`/updates/${by}/${inPath(name)}`} tabIndex={-1}>
        <Name text={name} />
      </Link>
    ),
  },
  { name: "Machines", width: "minmax(70px, 150px)", number: true, cell: ({ machines }) => <Amount count={machines} most={most} /> },
  { name: "Overdue", width: "70px", number: true, rank: 2, cell: ({ overdue }) => <span class={overdue > 0 ? "tone-bad" : "soft"}>{countText(overdue)}</span> },
  { name: "Classification", width: "112px", rank: 2, cell: ({ classification }) => <Status word={classification} /> },
  { name: "Severity", width: "106px", rank: 2, cell: ({ severity }) => <Status word={severity} /> },
  { name: "Exploited", width: "112px", rank: 3, cell: ({ exploitedSince, epss }) => (exploitedSince ? <Status word="exploited" /> : epss === null ? "" : <span class="soft">EPSS {shareText(epss, 1)}</span>) },
  { name: "Verdicts", width: "minmax(150px, 1.4fr)", rank: 3, cell: ({ verdicts }) => <span class="soft">{verdictsText(verdicts)}</span> },
  ...(by === "update"
    ? [
        {
          name: "Newest version",
          width: "minmax(110px, 1fr)",
          rank: 3,
          cell: ({ candidateVersion, versions }: UpdateGroup) => (
            <>
              <Name text={candidateVersion} longest={60} /> {versions > 1 && <span class="soft">and {versions - 1} more</span>}
            </>
          ),
        } as const,
      ]
    : []),
  { name: "Known for", width: "84px", number: true, cell: ({ firstSeenAt }) => <Time at={firstSeenAt} /> },
];

const verdictsText = (verdicts: UpdateGroup["verdicts"]): string =>
  VERDICTS.flatMap((verdict) => (verdicts[verdict] ? [`${countText(verdicts[verdict])} ${verdict}`] : [])).join(", ");
