import type { Clock } from "../core/clock.ts";
import { type Happening, machineDocument } from "../core/happening.ts";
import type { NewId } from "../core/id.ts";
import { createSteadiness } from "../core/steadiness.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Log } from "./ports.ts";

/** What a job did to a machine may lead to its absence for so long. */
const CAUSE_MS = 3_600_000;
/** Not to have looked for longer than this is to have slept: machines had no chance to come back meanwhile. */
const BREAK_MS = 120_000;
/** Wall clock and elapsed time may differ by so much between two looks; else the clock was set. */
const JUMP_MS = 60_000;
const AT_ONCE = 200;

export interface AbsenceParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  /** Without being seen for so long a machine is stale. */
  staleMs: number;
  log: Log;
}

/**
 * Tells once of each machine that hasn't been seen for long, whichever engine looks first. An engine judges by what it has seen itself: from when it was
 * there, its database answered and its clock wasn't set, for as long as machines have to come back. So neither a restart nor an outage makes the fleet stale.
 */
export function createAbsence({ store, clock, newId, staleMs, log }: AbsenceParts) {
  const steadiness = createSteadiness({ neededMs: staleMs, breakMs: BREAK_MS });
  let offset = clock.now() - clock.monotonic();

  /** A clock that was set makes what was seen a minute ago look old. */
  function noticeJump(): void {
    const now = clock.now() - clock.monotonic();
    if (Math.abs(now - offset) > JUMP_MS) steadiness.lost();
    offset = now;
  }

  return {
    async tick(): Promise<void> {
      noticeJump();
      const before = clock.now() - staleMs;
      const isAny = await store.read.machines.isAnyGone(before).catch((error) => {
        steadiness.lost();
        throw error;
      });
      if (!steadiness.seen(clock.monotonic()) || !isAny) return;
      for (;;) {
        const names = await store.write(async (tx) => {
          const stale = await tx.machines.markStale(before, AT_ONCE);
          for (const machine of stale) await tx.happenings.tell(await absenceOf(tx, "machine.stale", machine, { at: clock.now(), newId }));
          return stale.map(({ name }) => name);
        });
        if (names.length > 0) log.warn({ count: names.length, machines: names.slice(0, 10) }, "machines are stale: they haven't been seen for long");
        if (names.length < AT_ONCE) return;
      }
    },
  };
}
export type Absence = ReturnType<typeof createAbsence>;

/** In the transaction in which it connects: it is told that a stale machine is back. */
export async function tellBack(tx: Writes, machine: MachineRecord, when: { at: number; newId: NewId }): Promise<void> {
  if (machine.staleSince !== null) await tx.happenings.tell(await absenceOf(tx, "machine.back", machine, when));
}

/**
 * An absence is named by its machine and its begin. It belongs to the jobs that sent commands to the machine shortly before it or since: one that
 * reboots the machine each time it is back would do so for ever.
 */
async function absenceOf(
  tx: Writes,
  kind: "machine.stale" | "machine.back",
  machine: MachineRecord,
  { at, newId }: { at: number; newId: NewId },
): Promise<Happening> {
  const begin = machine.staleSince ?? at;
  const led = await tx.commands.ledBy(machine.id, begin - CAUSE_MS);
  return {
    id: `${kind} ${machine.id} ${begin}`,
    kind,
    scope: machine.scope,
    document: { kind, at: new Date(at).toISOString(), machine: machineDocument(machine), lastSeenAt: new Date(begin).toISOString() },
    correlationId: led?.correlationId ?? newId("cor"),
    depth: led?.depth ?? 0,
    at,
  };
}
