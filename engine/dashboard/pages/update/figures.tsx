import { VERDICTS } from "../../../core/update-policy.ts";
import type { CveGroup, UpdateGroup } from "../../../protocol/http/fleet.ts";
import type { Update } from "../../../protocol/http/machines.ts";
import { type Grouping, groupPath } from "../../model/update-group.ts";
import { countText, shareText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts, Figures, Sheet } from "../../parts/page.tsx";
import { PartsBar } from "../../parts/parts-bar.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

/** @param rows of machines, as far as they are here: they say which vulnerabilities an update mends */
export function GroupFigures({ group, rows }: { group: UpdateGroup | CveGroup; rows: readonly Update[] }) {
  const { machines, overdue, firstSeenAt, severity, exploitedSince, epss, verdicts } = group;
  return (
    <div class="columns">
      <Sheet name="Where it is missing">
        <Figures
          figures={[
            { name: machines === 1 ? "machine" : "machines", value: countText(machines) },
            { name: "overdue", value: countText(overdue), tone: overdue > 0 ? "bad" : undefined },
            { name: "first seen", value: <Time at={firstSeenAt} /> },
          ]}
        />
        <PartsBar label="What policies say" parts={VERDICTS.flatMap((word) => (verdicts[word] ? [{ word, count: verdicts[word] }] : []))} />
      </Sheet>
      <Sheet name="What it is">
        <Facts
          facts={[
            ...(group.by === "update" ? aboutUpdate(group) : []),
            ["Severity", <Status word={severity} />],
            [
              "Exploited",
              exploitedSince ? (
                <span>
                  <Status word="exploited" /> <Time at={exploitedSince} />
                </span>
              ) : (
                "not known to be"
              ),
            ],
            ["EPSS", epss === null ? <span class="soft">–</span> : `${shareText(epss, 1)} to be exploited within 30 days`],
            group.by === "cve"
              ? ["Mended by", <Names by="update" names={group.updates} all={group.updateCount} />]
              : ["Mends", <Names by="cve" names={[...new Set(rows.flatMap(({ cves }) => cves))].slice(0, MOST_NAMES)} all={group.cves} />],
          ]}
        />
      </Sheet>
    </div>
  );
}

const MOST_NAMES = 10;

const aboutUpdate = ({ title, classification, newestVersion, versions }: UpdateGroup) =>
  [
    ...(title === null ? [] : [["Title", <Name text={title} />] as const]),
    ["Classification", <Status word={classification} />],
    [
      versions === 1 ? "Version" : "Newest version",
      <span>
        <Name text={newestVersion} longest={80} />
        {versions > 1 && <span class="soft">, of {countText(versions)} that are offered</span>}
      </span>,
    ],
  ] as const;

function Names({ by, names, all }: { by: Grouping; names: readonly string[]; all: number }) {
  if (all === 0) return <span class="soft">no vulnerability that is known</span>;
  return (
    <span class="names">
      {names.map((name) => (
        <Link key={name} to={groupPath(by, name)}>
          <Name text={name} longest={60} />
        </Link>
      ))}
      {all > names.length && <span class="soft">{countText(all - names.length)} more</span>}
    </span>
  );
}
