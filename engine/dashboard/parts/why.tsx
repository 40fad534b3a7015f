import type { Why } from "../../protocol/http/update-policies.ts";
import { inPath } from "../model/engine.ts";
import { counted } from "../model/words.ts";
import { Link } from "./link.tsx";
import { Name } from "./name.tsx";
import { Facts } from "./page.tsx";
import { Shown, useRead } from "./read.tsx";
import { Status } from "./status.tsx";
import { Time } from "./time.tsx";

/** Step by step why one missing update of a machine is approved, deferred, excluded; and what would change that. @param update its name, or a vulnerability that it mends */
export function WhyUpdate({ machine, update }: { machine: string; update: string }) {
  const read = useRead<Why>(`/api/v1/machines/${inPath(machine)}/updates/why`, { query: { update }, of: ["updates", "resources"], every: 3_000 });
  return (
    <Shown of={read} lines={8}>
      {({ updates, more, installed }) => (
        <div class="stack">
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
            <One key={`${one.name} ${one.architecture} ${one.candidateVersion}`} of={one} />
          ))}
          {more > 0 && <p class="soft">{counted(more, "further update")} of this machine fit, too.</p>}
        </div>
      )}
    </Shown>
  );
}

function One({ of: one }: { of: Why["updates"][number] }) {
  return (
    <section class="stack why">
      <h3>
        <Name text={one.title ?? one.name} longest={200} />
      </h3>
      <Status word={one.verdict} tone={one.overdue ? "bad" : undefined} says={one.overdue ? `${one.verdict}, overdue` : one.verdict} />
      <ul class="sentences">
        {one.sentences.map((sentence) => (
          <li key={sentence}>
            <Name text={sentence} longest={1_000} />
          </li>
        ))}
      </ul>
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
    </section>
  );
}

const MOST = 20;

function Mends({ cves, advisories }: { cves: readonly string[]; advisories: readonly string[] }) {
  return (
    <span class="names">
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
