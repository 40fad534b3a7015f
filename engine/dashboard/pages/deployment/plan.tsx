import { useState } from "preact/hooks";
import { PENDING } from "../../../core/deploy/status.ts";
import type { DeploymentDetail } from "../../../protocol/http/deployments.ts";
import { dayAndTime } from "../../model/exact-time.ts";
import { planSum } from "../../model/plan-difference.ts";
import { MOST_PLAN_MACHINES } from "../../model/plan-machines.ts";
import { totalOf } from "../../model/rollout.ts";
import { counted, countText } from "../../model/words.ts";
import { Name } from "../../parts/name.tsx";
import { Facts, Figures, Sheet } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Outline, ProblemBox } from "../../parts/read.tsx";
import { PlanDifference } from "./difference.tsx";
import { usePlan } from "./use-plan.ts";

const versioned = (name: string, version: number | null): string => (version === null ? `${name}, which isn't published` : `${name}@${version}`);
/** A plan of so many machines is read without being asked for. */
const READ_UNASKED = 300;

/** What will be done, in figures; by which rules; and how it differs from another plan. */
export function Plan({ deployment }: { deployment: DeploymentDetail }) {
  const { location, zone } = usePage();
  const { planHash, settings, allowedFailures } = deployment;
  const count = totalOf(deployment.machines) + (deployment.machines.NotIncluded ?? 0);
  const [isAsked, setAsked] = useState(false);
  const isWanted = count <= READ_UNASKED || isAsked || location.place.value.query.against !== undefined;
  const read = usePlan(deployment.id, planHash, isWanted ? "read" : "ask");
  const sum = read.plan && planSum(read.plan.machines);
  const figure = (name: string, value: number) => ({ name, value: countText(value) });
  return (
    <Sheet name="Plan">
      {read.problem && <ProblemBox problem={read.problem} />}
      {sum ? (
        <Figures
          figures={[
            figure("machines", sum.machines),
            figure("updates", sum.updates),
            figure("reboots expected", sum.reboots),
            ...(sum.mayReboot > 0 ? [figure("may reboot", sum.mayReboot)] : []),
            { ...figure("updates don't fit", sum.notFitting), ...(sum.notFitting > 0 ? { tone: "warn" as const } : {}) },
            figure("left alone", sum.leftAlone),
            ...(sum.endsAt === null || !PENDING.includes(deployment.status)
              ? []
              : [{ name: "done, by the median", value: dayAndTime(sum.endsAt, zone).slice(-5) }]),
          ]}
        />
      ) : isWanted ? (
        !read.problem && <Outline lines={2} />
      ) : (
        <div>
          <button type="button" class="button" onClick={() => setAsked(true)}>
            Read and compare the plan of {countText(Math.min(count, MOST_PLAN_MACHINES))} machines
          </button>
        </div>
      )}
      {read.plan?.isCut && (
        <p class="soft">
          These are the first {countText(read.plan.machines.length)} machines of the plan; the command shows all:{" "}
          <code>runwright deployment show {deployment.id} --plan</code>
        </p>
      )}
      <Facts
        facts={[
          [
            "Hash",
            <code class="hash" key="hash">
              {planHash}
            </code>,
          ],
          [
            "Runbook",
            <Name
              key="runbook"
              text={[
                versioned(settings.runbook, settings.runbookVersion),
                ...Object.entries(settings.hookVersions).map(([name, version]) => `hook ${versioned(name, version)}`),
              ].join(", ")}
            />,
          ],
          [
            "Machines",
            settings.selector === null ? (
              `all in ${deployment.scope}`
            ) : (
              <code key="selector">
                <Name text={settings.selector} />
              </code>
            ),
          ],
          ["Waves", `${settings.waves}; ${settings.maxParallel} at once, ${settings.soak} between waves`],
          [
            "Halts",
            allowedFailures === 0
              ? "when the first machine has failed"
              : `when more than ${counted(allowedFailures, "machine")} have failed (${settings.errorBudget})`,
          ],
          ["Reboot", `${settings.reboot}; the last ${settings.rebootReserve} are kept for reboots`],
        ]}
      />
      {read.plan && <PlanDifference deployment={deployment} read={read} />}
    </Sheet>
  );
}
