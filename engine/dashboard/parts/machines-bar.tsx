import { type Counts, partsOf } from "../model/rollout.ts";
import { toneOf } from "./status.tsx";

/** Machines of a rollout as one bar without a legend, where figures stand beside it. */
export function MachinesBar({ machines, label }: { machines: Counts; label: string }) {
  const parts = partsOf(machines);
  const says = parts.map(({ status, count }) => `${count} ${status}`).join(", ");
  return (
    <div class="parts-bar" role="img" aria-label={`${label}: ${says || "no machines"}`} title={says}>
      {parts.map(({ status, count }) => (
        <span key={status} class={`tone-${toneOf(status)}`} style={{ flexGrow: count, flexBasis: 0 }} />
      ))}
    </div>
  );
}
