import type { Job as JobShape } from "../../protocol/http/jobs.ts";
import { inPath } from "../model/engine.ts";
import { cut } from "../model/words.ts";
import { JsonTree } from "../parts/json-tree.tsx";
import { Name } from "../parts/name.tsx";
import { Page, Tabs } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { ProblemBox, Shown, useRead } from "../parts/read.tsx";
import { useJobLog } from "../parts/use-job-log.ts";
import { Calls } from "./job/calls.tsx";
import { Children } from "./job/children.tsx";
import { JobHead } from "./job/job-head.tsx";
import { JobMoves } from "./job/job-moves.tsx";
import { Moves } from "./job/moves.tsx";
import { Outputs } from "./job/outputs.tsx";
import { Streams } from "./job/streams.tsx";

const TABS = ["streams", "calls", "outputs", "parameters", "moves", "children"] as const;
type Tab = (typeof TABS)[number];
const NAMES: Readonly<Record<Tab, string>> = {
  streams: "Streams",
  calls: "Host calls",
  outputs: "Outputs",
  parameters: "Parameters",
  moves: "Moves",
  children: "Children",
};
const AROUND = 400;

export function Job({ names: { id = "" } }: { names: Readonly<Record<string, string>> }) {
  const { location } = usePage();
  const { tab: wanted } = location.place.value.query;
  const tab = TABS.find((one) => one === wanted) ?? "streams";
  const address = `/jobs/${inPath(id)}`;
  const job = useRead<JobShape>(`/api/v1${address}`, { of: ["jobs"] });
  const log = useJobLog(id, job.again);
  const found = job.value;
  return (
    <Page
      title={found ? `${cut(found.runbook, 60)}, job` : "Job"}
      heading={found ? <Name text={found.runbook} longest={80} /> : "Job"}
      trail={[{ name: "Jobs", to: "/jobs" }]}
      actions={found && <JobMoves job={found} />}
    >
      <Shown of={job} lines={4}>
        {(shown) => <JobHead job={shown} progress={log.log.progress.value} />}
      </Shown>
      <Tabs
        label="Parts of this job"
        current={tab}
        tabs={TABS.map((one) => ({ id: one, name: NAMES[one], to: one === "streams" ? address : `${address}?tab=${one}` }))}
      />
      {tab === "streams" && log.problem && <ProblemBox problem={log.problem} again={log.again} />}
      {found && tab === "streams" && <Streams job={found} log={log} />}
      {found && tab === "calls" && <Calls job={found} />}
      {found && tab === "outputs" && <Outputs job={found} log={log.log} />}
      {found && tab === "parameters" && (
        <div class="sheet">
          <JsonTree label="Parameters" value={found.params} around={AROUND} />
        </div>
      )}
      {found && tab === "moves" && <Moves job={found} />}
      {found && tab === "children" && <Children job={found} />}
    </Page>
  );
}
