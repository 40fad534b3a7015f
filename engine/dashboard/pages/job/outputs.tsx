import type { Job } from "../../../protocol/http/jobs.ts";
import type { JobLog } from "../../model/job/job-log.ts";
import { hasEnded } from "../../model/job/job-moves.ts";
import { counted } from "../../model/words.ts";
import { JsonTree } from "../../parts/json-tree.tsx";
import { Empty } from "../../parts/page.tsx";

const AROUND = 420;

/** The values that it has output: those of the last try when it has ended, and until then what has come. */
export function Outputs({ job, log }: { job: Job; log: JobLog }) {
  void log.lines.value; // drawn again when something has come
  const isOver = hasEnded(job);
  const outputs = isOver ? (job.outputs ?? []) : log.outputs();
  if (outputs.length === 0) return <Empty says={isOver ? "It has output nothing." : "It has output nothing yet."} />;
  const [only] = outputs;
  return (
    <div class="stack">
      <span class="soft">
        {counted(outputs.length, "value")}
        {isOver ? "" : " so far, of the newest entries"}
      </span>
      <div class="sheet">
        <JsonTree label="Outputs" value={outputs.length === 1 ? only : outputs} around={AROUND} />
      </div>
    </div>
  );
}
