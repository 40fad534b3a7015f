import type { Job } from "../../../protocol/http/jobs.ts";
import { inPath, withQuery } from "../../model/engine.ts";
import { stackLines } from "../../model/job/stack-lines.ts";
import { Link } from "../../parts/link.tsx";

/** A stack whose places lead to the source of the version that ran. */
export function StackText({ job: { runbook, version }, stack }: { job: Pick<Job, "runbook" | "version">; stack: string }) {
  return (
    <pre class="stack-text">
      {stackLines(stack).map(({ before, place, after }, index) => (
        <span key={index}>
          {before}
          {place &&
            (version === null ? (
              place.text
            ) : (
              <Link to={withQuery(`/runbooks/${inPath(runbook)}`, { version, file: place.file, line: place.line })}>{place.text}</Link>
            ))}
          {after}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
