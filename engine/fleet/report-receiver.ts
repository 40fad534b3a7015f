import type { Report, ReportAnswer } from "../core/report.ts";
import type { EngineFrame, InventoryPart } from "../protocol/agent.ts";
import { createAssembly } from "./inventory-assembly.ts";
import type { ReportGate, ReportPlace } from "./report-gate.ts";

/** In line for a place so long at most: what the agent says besides waits behind its report. */
const LINE_MS = 5_000;

/** The reports of one connection: put together, taken in when there is a place for them, and answered. */
export function createReportReceiver({
  gate,
  take,
  send,
  lineMs = LINE_MS,
}: {
  gate: ReportGate;
  take(report: Report): Promise<ReportAnswer>;
  send(frame: EngineFrame): unknown;
  lineMs?: number;
}) {
  const assembly = createAssembly();
  let place: ReportPlace | undefined;
  let isGone = false;

  const leave = () => {
    place?.leave();
    place = undefined;
  };

  async function untilFree({ free }: ReportPlace): Promise<void> {
    const timer = setTimeout(leave, lineMs);
    await free;
    clearTimeout(timer);
  }

  return {
    async receive(part: InventoryPart): Promise<void> {
      // Nobody would give back a place that is taken after the end.
      if (isGone && place === undefined) return;
      if (part.part === 0) place ??= gate.enter();
      if (place) await untilFree(place);
      if (!place?.isHeld()) {
        // Further parts of a report that isn't taken in are passed over, and answered with its first one.
        const isToBeTold = part.part === 0 || place !== undefined;
        assembly.drop();
        leave();
        if (isToBeTold) send({ type: "inventoryWanted", afterMs: gate.place() });
        return;
      }
      const report = assembly.add(part);
      if (report === undefined) {
        if (!assembly.isOpen()) leave();
        return;
      }
      place.keep();
      try {
        const answer = await take(report);
        if (answer.kind === "taken") send({ type: "inventoryTaken", sequence: report.sequence, digest: answer.digest });
        else if (answer.kind === "wanted") {
          const { whole, beyond } = answer;
          send({ type: "inventoryWanted", ...(whole === undefined ? {} : { whole }), ...(beyond === undefined ? {} : { beyond }) });
        }
      } finally {
        leave();
      }
    },
    /** The connection is gone. */
    end(): void {
      isGone = true;
      leave();
    },
  };
}
