import type { Report, ReportAnswer } from "../core/report.ts";
import type { EngineFrame, InventoryPart } from "../protocol/agent.ts";
import { createAssembly } from "./inventory-assembly.ts";
import type { ReportGate, ReportPlace } from "./report-gate.ts";

/** The reports of one connection: put together, taken in when there is a place for them, and answered. */
export function createReportReceiver({
  gate,
  take,
  send,
}: {
  gate: ReportGate;
  take(report: Report): Promise<ReportAnswer>;
  send(frame: EngineFrame): unknown;
}) {
  const assembly = createAssembly();
  let place: ReportPlace | undefined;

  const leave = () => {
    place?.leave();
    place = undefined;
  };

  return {
    async receive(part: InventoryPart): Promise<void> {
      if (part.part === 0) place ??= gate.enter();
      await place?.free;
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
    end: leave,
  };
}
