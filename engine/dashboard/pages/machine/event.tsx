import type { TimelineEntry } from "../../../protocol/http/timeline.ts";
import { toldBy } from "../../model/changes.ts";
import { missingCounts } from "../../model/missing-counts.ts";
import { entryWords } from "../../model/timeline-words.ts";
import { Aside } from "../../parts/beside.tsx";
import { Changes, Value } from "../../parts/changes.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts } from "../../parts/page.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

type Entry = Extract<TimelineEntry, { kind: "event" | "assessment" }>;

/** An assessment against the one before, or what somebody has changed. */
export function EventAside({ entry, zone, onClose }: { entry: Entry; zone: string | undefined; onClose(): void }) {
  const { what, status } = entryWords(entry);
  const { changes, others } =
    entry.kind === "event" ? toldBy(entry.details) : toldBy({ from: entry.previous ? figuresOf(entry.previous) : {}, to: figuresOf(entry.now) });
  return (
    <Aside name={what} heading={<Name text={what} longest={80} />} onClose={onClose}>
      <Status word={status} />
      <Facts
        facts={[
          ["When", <Time at={entry.at} zone={zone} zoneOf="the machine" />],
          ...(entry.kind === "event" ? ([["By", <Name text={entry.actor.name || entry.actor.kind} />]] as const) : []),
          ...others.map(([name, value]) => [name, <Value of={value} />] as const),
        ]}
      />
      {changes.length > 0 && <Changes changes={changes} />}
    </Aside>
  );
}

/** What an assessment counts, by the names that the page has for it. */
function figuresOf({ compliance, counts, verdicts, rebootPending }: Extract<Entry, { kind: "assessment" }>["now"]): Readonly<Record<string, unknown>> {
  const { missing, security, held } = missingCounts({ counts });
  return { compliance, missing, security, held, "reboot pending": rebootPending, ...verdicts };
}
