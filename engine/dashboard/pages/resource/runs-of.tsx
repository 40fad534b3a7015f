import { inPath } from "../../model/engine.ts";
import { startedRuns } from "../../model/spec-facts.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";

/** The runbooks that a document starts, and with what. */
export function RunsOf({ spec }: { spec: Readonly<Record<string, unknown>> }) {
  return (
    <Sheet name="What it starts">
      <ul class="runs">
        {startedRuns(spec).map(({ runbook, version, parameters, map }, index) => (
          <li key={index}>
            <Link to={`/runbooks/${inPath(runbook)}`}>
              <Name text={runbook} />
            </Link>{" "}
            <span class="soft">{version === undefined ? "newest version" : `version ${version}`}</span>
            {parameters !== undefined && <Json name="Parameters" value={parameters} />}
            {map !== undefined && <Json name="Taken from what comes" value={map} />}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

const LONGEST = 20_000;

function Json({ name, value }: { name: string; value: unknown }) {
  return (
    <div class="small-json">
      <span class="soft">{name}</span>
      <pre>
        <bdi>{(JSON.stringify(value, null, 2) ?? "").slice(0, LONGEST)}</bdi>
      </pre>
    </div>
  );
}
