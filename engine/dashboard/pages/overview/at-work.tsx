import type { Overview } from "../../../protocol/http/overview.ts";
import { inPath, withQuery } from "../../model/engine.ts";
import { countText, lengthText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Figures, Sheet } from "../../parts/page.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

type Part<Name extends keyof Overview> = NonNullable<Overview[Name]>;

export function Jobs({ jobs }: { jobs: Part<"jobs"> }) {
  const { running, queued, waiting, suspended, failedLastDay, completedLastDay } = jobs;
  const figure = (name: string, count: number, status: string, tone?: "bad" | "warn") => ({
    name,
    value: countText(count),
    to: withQuery("/jobs", { status }),
    tone: count > 0 ? tone : undefined,
  });
  return (
    <Sheet name="Jobs">
      <Figures
        figures={[
          figure("running", running, "running"),
          figure("queued", queued, "queued"),
          figure("waiting", waiting, "waiting"),
          figure("suspended", suspended, "suspended", "warn"),
          figure("failed in 24 h", failedLastDay, "failed", "bad"),
          figure("completed in 24 h", completedLastDay, "completed"),
        ]}
      />
    </Sheet>
  );
}

export function NextWindows({ windows }: { windows: Part<"nextWindows"> }) {
  return (
    <Sheet name="Next windows">
      {windows.length === 0 ? (
        <p class="soft">
          None. A window is a file with <code>kind: MaintenanceWindow</code>, and <code>runwright apply -f FILE</code> brings it here.
        </p>
      ) : (
        <ul class="entries">
          {windows.map(({ name, scope, occurrence, opensAt, closesAt, exception, frozen, deployment }) => (
            <li key={name + occurrence}>
              <div class="text one-line">
                <Link to={`/windows/${inPath(name)}`}>
                  <Name text={name} longest={80} />
                </Link>{" "}
                <span class="soft">
                  <Name text={scope} longest={60} />
                </span>
              </div>
              <span class="number">
                <Time at={opensAt} />
                <span class="soft">, {lengthText(Date.parse(closesAt) - Date.parse(opensAt))}</span>
              </span>
              {(exception ?? frozen ?? deployment) && (
                <div class="below soft">
                  {exception ? <Status word={exception.kind} /> : frozen !== null && <Status word="frozen" />}{" "}
                  <Name text={exception?.reason ?? frozen ?? ""} longest={160} />{" "}
                  {deployment && (
                    <Link to={`/deployments/${inPath(deployment.id)}`}>
                      <Status word={deployment.status} />
                    </Link>
                  )}
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}

/** Rollouts that stopped and wait for somebody. */
export function Halted({ deployments }: { deployments: Part<"deployments"> }) {
  const { open, awaitingApproval, haltedInAll, halted } = deployments;
  return (
    <Sheet name="Deployments">
      <Figures
        figures={[
          { name: "open", value: countText(open), to: "/deployments" },
          { name: "want approval", value: countText(awaitingApproval), tone: awaitingApproval > 0 ? "warn" : undefined, to: "/deployments" },
          { name: "halted", value: countText(haltedInAll), tone: haltedInAll > 0 ? "warn" : undefined, to: withQuery("/deployments", { status: "halted" }) },
        ]}
      />
      {halted.length > 0 && (
        <ul class="entries">
          {halted.map(({ id, window, reason, since }) => (
            <li key={id}>
              <div class="text">
                <Status word="halted" />{" "}
                <Link to={`/deployments/${inPath(id)}`}>
                  <Name text={window} longest={80} />
                </Link>{" "}
                <Time at={since} />
                <div class="soft">
                  <Name text={reason} longest={240} />
                </div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}

const AT_FIRST = 5;

/** Agents that haven't been heard of for long: what is said of their machines is old. */
export function StaleAgents({ machines, all }: { machines: Part<"staleMachines">; all: number }) {
  if (machines.length === 0) return null;
  const shown = machines.slice(0, AT_FIRST);
  return (
    <Sheet name="Stale agents">
      <ul class="entries">
        {shown.map(({ name, lastSeenAt }) => (
          <li key={name}>
            <div class="text one-line">
              <Link to={`/machines/${inPath(name)}`}>
                <Name text={name} longest={80} />
              </Link>
            </div>
            <Time at={lastSeenAt} />
          </li>
        ))}
      </ul>
      {all > shown.length && <p class="soft">{countText(all - shown.length)} more, heard of later than these.</p>}
    </Sheet>
  );
}
