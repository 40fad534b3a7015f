import type { ComponentType } from "preact";
import type { Machine as MachineShape } from "../../protocol/http/machines.ts";
import { inPath } from "../model/engine.ts";
import { Link } from "../parts/link.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page, Tabs } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Shown, useRead } from "../parts/read.tsx";
import { Status } from "../parts/status.tsx";
import { MachineActions } from "./machine/actions.tsx";
import { Commands } from "./machine/commands.tsx";
import { Metrics } from "./machine/metrics.tsx";
import { Overview } from "./machine/overview.tsx";
import { Packages } from "./machine/packages.tsx";
import { Timeline } from "./machine/timeline.tsx";
import { MissingUpdates } from "./machine/updates.tsx";

const TABS: readonly { id: string; name: string; part: ComponentType<{ machine: MachineShape }> }[] = [
  { id: "", name: "Overview", part: Overview },
  { id: "updates", name: "Updates", part: MissingUpdates },
  { id: "timeline", name: "Timeline", part: Timeline },
  { id: "commands", name: "Commands", part: Commands },
  { id: "packages", name: "Packages", part: Packages },
  { id: "metrics", name: "Metrics", part: Metrics },
];

export function Machine({ names }: { names: Readonly<Record<string, string>> }) {
  const { location } = usePage();
  const { name = "" } = names;
  const path = `/machines/${inPath(name)}`;
  const read = useRead<MachineShape>(`/api/v1/machines/${inPath(name)}`, { of: ["machines", "updates"] });
  const tab = TABS.find(({ id }) => id === location.place.value.query.tab) ?? TABS[0];
  const machine = read.value;
  const isGone = read.problem?.code === "MACHINE_NOT_FOUND";
  return (
    <Page
      title={name.slice(0, 100)}
      trail={[{ name: "Machines", to: "/machines" }]}
      heading={
        <span class="heading">
          <Name text={name} longest={120} />
          {machine && !isGone && (
            <>
              <Status word={machine.assessment?.compliance ?? "notassessed"} />
              <Status word={machine.state} />
            </>
          )}
        </span>
      }
      actions={machine && !isGone && <MachineActions machine={machine} />}
    >
      {isGone ? (
        <Empty says="There is no such machine.">
          It may have been renamed or removed, or lie where you can't see it. <Link to="/machines">All machines</Link>
        </Empty>
      ) : (
        <>
          <Tabs
            label="About this machine"
            current={tab?.id ?? ""}
            tabs={TABS.map(({ id, name: says }) => ({ id, name: says, to: id === "" ? path : `${path}?tab=${id}` }))}
          />
          <Shown of={read} lines={12}>
            {(value) => tab && <tab.part key={value.id} machine={value} />}
          </Shown>
        </>
      )}
    </Page>
  );
}
