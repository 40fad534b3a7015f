import { isEnabled, textOf } from "../../core/loosely.ts";
import type { Resource } from "../../protocol/http/resources.ts";
import { inPath } from "../model/engine.ts";
import { scheduleFacts } from "../model/spec-facts.ts";
import { cut } from "../model/words.ts";
import { Name } from "../parts/name.tsx";
import { Facts, Page, Sheet, Tabs } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Shown, useRead } from "../parts/read.tsx";
import { Status } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { ResourceHead } from "./resource/resource-head.tsx";
import { ResourceMoves } from "./resource/resource-moves.tsx";
import { RunsOf } from "./resource/runs-of.tsx";
import { ComingOf } from "./schedule/coming-of.tsx";
import { PastOf } from "./schedule/past-of.tsx";

const TABS = [
  { id: "coming", name: "Coming" },
  { id: "past", name: "Past" },
  { id: "definition", name: "Definition" },
] as const;

export function Schedule({ names: { name = "" } }: { names: Readonly<Record<string, string>> }) {
  const { location } = usePage();
  const address = `/schedules/${inPath(name)}`;
  const { tab: wanted } = location.place.value.query;
  const tab = TABS.find(({ id }) => id === wanted)?.id ?? "coming";
  const schedule = useRead<Resource>(`/api/v1${address}`, { of: ["resources"] });
  const found = schedule.value;
  return (
    <Page
      title={cut(name, 80)}
      heading={<Name text={name} longest={80} />}
      trail={[{ name: "Schedules", to: "/schedules" }]}
      actions={found && <ResourceMoves resource={found} noun="schedules" action="schedule.write" listed="/schedules" />}
    >
      <Shown of={schedule} lines={2}>
        {(shown) => (
          <ResourceHead resource={shown}>
            {!isEnabled(shown.spec) ? (
              <Status word="disabled" tone="quiet" />
            ) : textOf(shown.state.nextAt) === undefined ? (
              <Status word="over" says="over: nothing is to come" tone="quiet" />
            ) : (
              <>
                <Status word="enabled" tone="good" /> <span class="soft">next</span>{" "}
                <Time at={textOf(shown.state.nextAt)} zone={textOf(shown.spec.timeZone)} zoneOf="the schedule's" />
              </>
            )}
          </ResourceHead>
        )}
      </Shown>
      <Tabs
        label="Parts of this schedule"
        current={tab}
        tabs={TABS.map(({ id, name }) => ({ id, name, to: id === "coming" ? address : `${address}?tab=${id}` }))}
      />
      {tab === "coming" && <ComingOf name={name} zone={textOf(found?.spec.timeZone)} />}
      {tab === "past" && <PastOf name={name} />}
      {tab === "definition" && found && (
        <div class="columns">
          <Sheet name="When">
            <Facts facts={scheduleFacts(found.spec).map(([name, value]) => [name, <Name key={name} text={value} />])} />
          </Sheet>
          <RunsOf spec={found.spec} />
        </div>
      )}
    </Page>
  );
}
