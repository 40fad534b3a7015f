import type { Why } from "../../../protocol/http/update-policies.ts";
import { inPath } from "../../model/engine.ts";
import { Aside } from "../../parts/beside.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts } from "../../parts/page.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { Sentences } from "./overview.tsx";

/** Step by step why one missing update of a machine is approved, deferred, excluded; and what would change that. */
export function UpdateWhy({ machine, update, onClose }: { machine: string; update: string; onClose(): void }) {
  const read = useRead<Why>(`/api/v1/machines/${inPath(machine)}/updates/why`, { query: { update }, of: ["updates", "resources"] });
  return (
    <Aside name={`Why ${update}`} heading={<Name text={update} longest={80} />} onClose={onClose}>
      <Shown of={read} lines={8}>
        {({ updates, installed }) => (
          <>
            {updates.length === 0 && (
              <p>
                It isn't missing here.{" "}
                {installed.map(({ version, held }) => (
                  <span key={version}>
                    Installed is <Name text={version} />
                    {held ? ", held" : ""}; nothing newer is known.
                  </span>
                ))}
              </p>
            )}
            {updates.map((one) => (
              <One key={`${one.architecture} ${one.candidateVersion}`} of={one} />
            ))}
            <Link to={`/updates/update/${inPath(update)}`}>Where else it is missing</Link>
          </>
        )}
      </Shown>
    </Aside>
  );
}

function One({ of: one }: { of: Why["updates"][number] }) {
  return (
    <>
      <Status word={one.verdict} tone={one.overdue ? "bad" : undefined} says={one.overdue ? `${one.verdict}, overdue` : one.verdict} />
      <Sentences of={one.sentences} />
      <Facts
        facts={[
          ["Version", <Name text={one.installedVersion === null ? one.candidateVersion : `${one.installedVersion} → ${one.candidateVersion}`} />],
          ["Architecture", <Name text={one.architecture} />],
          ["Class", `${one.classification}, severity ${one.severity}`],
          ["Mends", one.cves.length + one.advisories.length === 0 ? "–" : <Mends cves={one.cves} advisories={one.advisories} />],
          ["First seen", <Time at={one.firstSeenAt} />],
          ...one.firstSeen.map(({ scope, at }) => [`in ${scope}`, at === null ? "not yet" : <Time at={at} />] as const),
          ["Due", one.dueAt === null ? "never" : <Time at={one.dueAt} />],
        ]}
      />
      {one.changes.length > 0 && (
        <div>
          <h3>What would change it</h3>
          <ul class="sentences">
            {one.changes.map(({ at, text }) => (
              <li key={text}>
                {at !== null && (
                  <>
                    <Time at={at} />:{" "}
                  </>
                )}
                <Name text={text} longest={1_000} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

const MOST = 20;

function Mends({ cves, advisories }: { cves: readonly string[]; advisories: readonly string[] }) {
  return (
    <span class="words">
      {cves.slice(0, MOST).map((cve) => (
        <Link key={cve} to={`/updates/cve/${inPath(cve)}`}>
          {cve}
        </Link>
      ))}
      {advisories.slice(0, MOST).map((one) => (
        <Name key={one} text={one} />
      ))}
      {cves.length > MOST && <span class="soft">and {cves.length - MOST} more</span>}
    </span>
  );
}
