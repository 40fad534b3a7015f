import type { UpdateWhy, Why } from "../../protocol/http/update-policies.ts";
import { inPath } from "../model/engine.ts";
import { counted } from "../model/words.ts";
import { Name } from "./name.tsx";
import { Facts } from "./page.tsx";
import { Shown, useRead } from "./read.tsx";
import { Status } from "./status.tsx";
import { Time } from "./time.tsx";

/** What policies say of a missing update of one machine, step by step. @param update its name, or an advisory or vulnerability that it mends */
export function WhyUpdate({ machine, update }: { machine: string; update: string }) {
  const read = useRead<Why>(`/api/v1/machines/${inPath(machine)}/updates/why`, { query: { update }, of: ["updates", "resources"], every: 3_000 });
  return (
    <Shown of={read} lines={6}>
      {({ updates, more, installed }) => (
        <div class="stack">
          {updates.length === 0 && (
            <p>
              It isn't missing there{installed[0] && (
                <>
                  : version <Name text={installed[0].version} longest={80} /> is installed
                </>
              )}
              .
            </p>
          )}
          {updates.map((one) => (
            <OneWhy key={`${one.name} ${one.architecture} ${one.candidateVersion}`} {...one} />
          ))}
          {more > 0 && <p class="soft">{counted(more, "further update")} of this machine mend it, too.</p>}
        </div>
      )}
    </Shown>
  );
}

function OneWhy({ name, architecture, installedVersion, candidateVersion, verdict, counts, overdue, dueAt, firstSeenAt, firstSeen, held, phased, sentences, changes }: UpdateWhy) {
  return (
    <section class="stack why">
      <h3>
        <Name text={name} longest={120} />
      </h3>
      <div class="legend">
        <Status word={verdict} />
        {overdue && <Status word="overdue" />}
        {held && <Status word="held" />}
        {phased && <Status word="phased" says="not offered to it yet" />}
        <span class="soft">{counts ? "keeps the machine from being compliant" : "doesn't count against compliance"}</span>
      </div>
      <ol class="sentences">
        {sentences.map((sentence, index) => (
          <li key={index}>
            <Name text={sentence} longest={600} />
          </li>
        ))}
      </ol>
      {changes.length > 0 && (
        <div>
          <h3>What would change it</h3>
          <ul class="sentences">
            {changes.map(({ at, text }, index) => (
              <li key={index}>
                {at && (
                  <>
                    <Time at={at} />:{" "}
                  </>
                )}
                <Name text={text} longest={600} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <Facts
        facts={[
          ["Installed", installedVersion ? <Name text={installedVersion} longest={80} /> : "nothing older"],
          ["Offered", <Name text={candidateVersion} longest={80} />],
          ["Architecture", <Name text={architecture} longest={40} />],
          ["Due", <Time at={dueAt} />],
          ["First seen here", <Time at={firstSeenAt} />],
          ...firstSeen.map(({ scope, at }) => [<>First seen in <Name text={scope} longest={40} /></>, <Time at={at} />] as const),
        ]}
      />
    </section>
  );
}
