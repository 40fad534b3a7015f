import type { Deployment, DeploymentDetail } from "../../../protocol/http/deployments.ts";
import { dayAndTime } from "../../model/exact-time.ts";
import { type Difference, planDifference } from "../../model/plan-difference.ts";
import { counted, countText } from "../../model/words.ts";
import { Field } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ProblemBox, useRead } from "../../parts/read.tsx";
import { MachineLink } from "./machine-link.tsx";
import { type ReadPlan, usePlan } from "./use-plan.ts";

const READ_BEFORE = "before";

/** What is different against the plan that stood here before, or against another deployment of the window; which one stands in the address. */
export function PlanDifference({ deployment, read }: { deployment: DeploymentDetail; read: ReadPlan }) {
  const { location, zone } = usePage();
  const { against } = location.place.value.query;
  const others = useRead<{ items: readonly Deployment[] }>("/api/v1/deployments", {
    query: { window: deployment.window, limit: 20 },
    of: ["deployments"],
    every: 5_000,
  });
  const earlier = (others.value?.items ?? []).filter(({ id }) => id !== deployment.id);
  const chosen = against ?? (read.before ? READ_BEFORE : "");
  const other = usePlan(chosen === "" || chosen === READ_BEFORE ? undefined : chosen, chosen, "read");
  const compared = chosen === READ_BEFORE ? read.before?.plan : other.plan;
  if (earlier.length === 0 && !read.before) return null;
  return (
    <div class="stack tight">
      <Field name="Compare with">
        {({ id }) => (
          <select id={id} class="input narrow" value={chosen} onChange={(event) => location.narrow({ against: event.currentTarget.value })}>
            <option value="">no other plan</option>
            {read.before && <option value={READ_BEFORE}>the plan that stood here before, {read.before.hash.slice(0, 12)}</option>}
            {earlier.map((one) => (
              <option key={one.id} value={one.id}>
                {dayAndTime(one.opensAt, zone)}, {one.status}
                {one.id === deployment.retryOf ? ", which this one takes up" : ""}
              </option>
            ))}
          </select>
        )}
      </Field>
      {chosen === READ_BEFORE && (
        <p class="changed-plan">The plan has changed since this page was opened. Whoever has approved the one before has approved nothing of this one.</p>
      )}
      {other.problem && chosen !== READ_BEFORE && chosen !== "" && <ProblemBox problem={other.problem} />}
      {compared && read.plan && <Differences differences={planDifference(compared.machines, read.plan.machines)} />}
    </div>
  );
}

const MOST_SHOWN = 100;
const KINDS: Readonly<Record<Difference["kind"], string>> = { added: "only in this plan", removed: "no longer in the plan", changed: "" };
const CLASSES = { "+": "added", "−": "removed", "~": "" } as const;

function Differences({ differences }: { differences: readonly Difference[] }) {
  if (differences.length === 0) return <p class="soft">Both plans do the same to the same machines.</p>;
  return (
    <>
      <p>{counted(differences.length, "machine")} differ:</p>
      <ul class="differences" aria-label="Differences">
        {differences.slice(0, MOST_SHOWN).map(({ machine, kind, lines }) => (
          <li key={machine}>
            <MachineLink name={machine} /> <span class="soft">{KINDS[kind]}</span>
            <ul class="mono">
              {lines.map(({ sign, text }) => (
                <li key={text} class={CLASSES[sign]}>
                  <span aria-hidden="true">{sign}</span> <Name text={text} longest={200} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {differences.length > MOST_SHOWN && <p class="soft">And {countText(differences.length - MOST_SHOWN)} more.</p>}
    </>
  );
}
