import type { ActivityPlace, ActivityRecord, ActivitySpan } from "../store/records/activity.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Reads } from "../store/store.ts";

/** What happens to a machine as a member of the fleet. What it is told to do is in its commands. */
const OPERATIONS = [
  "machine.join",
  "machine.tag",
  "machine.rename",
  "machine.remove",
  "machine.cloned",
  "machine.reinstate",
  "machine.falseClaim",
  "agent.update",
] as const;
const MOST_NAMES = 50;
const NEWEST = Number.MAX_SAFE_INTEGER;

/** Entries of the activity log about a machine, under all names that it has had; not about others that had its name before. Newest first. */
export async function machineEvents(
  reads: Pick<Reads, "activity">,
  machine: Pick<MachineRecord, "id" | "name">,
  { before, limit }: { before: ActivityPlace | null; limit: number },
): Promise<ActivityRecord[]> {
  return reads.activity.ofTargets(await spansOf(reads, machine), { operations: OPERATIONS, before, limit });
}

/** Entries name a machine by its name at that time: from each renaming on it is another one. */
async function spansOf(reads: Pick<Reads, "activity">, { id, name: present }: Pick<MachineRecord, "id" | "name">): Promise<ActivitySpan[]> {
  const spans: ActivitySpan[] = [];
  const newest = async (targets: readonly string[], operation: string, upTo: number, isMeant: (details: Record<string, unknown>) => boolean) => {
    const span = { targets, after: 0, upTo };
    const entries = await reads.activity.ofTargets([span], { operations: [operation], before: null, limit: MOST_NAMES });
    return entries.find((entry) => entry.result === "ok" && isMeant(detailsOf(entry)));
  };
  let name = present;
  for (let upTo = NEWEST; spans.length < MOST_NAMES; ) {
    const targets = [`machine:${name}`, name];
    const renamed = await newest(targets, "machine.rename", upTo, (details) => details.id === id);
    const from = renamed && detailsOf(renamed).from;
    if (!renamed || typeof from !== "string") {
      // Whoever had the name before was removed.
      const other = await newest(targets, "machine.remove", upTo, (details) => details.id !== id);
      return [...spans, { targets, after: other?.seq ?? 0, upTo }];
    }
    spans.push({ targets, after: renamed.seq - 1, upTo });
    upTo = renamed.seq - 1;
    name = from;
  }
  return spans;
}

const detailsOf = ({ details }: ActivityRecord): Record<string, unknown> => (typeof details === "object" && details !== null ? { ...details } : {});
