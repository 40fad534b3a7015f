import { type Counts, partsOf } from "../model/rollout.ts";
import { counted, countText } from "../model/words.ts";
import { Status, toneOf } from "./status.tsx";

/** Machines of a rollout as one bar of parts; its words stand beside it, or in `MachinesLegend`. */
export function MachinesBar({ machines, label }: { machines: Counts; label: string }) {
  const parts = partsOf(machines);
  const says = parts.map(({ status, count }) => `${count} ${status}`).join(", ");
  return (
    <div class="parts-bar" role="img" aria-label={`${label}: ${says || "no machines"}`} title={says}>
      {parts.map(({ status, share }) => (
        <span key={status} class={`tone-${toneOf(status)} ${status === "NotStarted" ? "not-yet" : ""}`} style={{ flexGrow: share, flexBasis: 0 }} />
      ))}
    </div>
  );
}

export function MachinesLegend({ machines }: { machines: Counts }) {
  return (
    <ul class="legend">
      {partsOf(machines).map(({ status, count }) => (
        <li key={status}>
          <Status word={status} says={`${countText(count)} ${status}`} />
        </li>
      ))}
      {(machines.NotIncluded ?? 0) > 0 && <li class="soft">{counted(machines.NotIncluded ?? 0, "machine")} left alone</li>}
    </ul>
  );
}
