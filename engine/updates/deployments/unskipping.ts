import { cursorBefore, momentOfKey } from "../../core/deploy/occurrences.ts";
import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { WindowException } from "../../store/records/deployments.ts";
import type { PreparedJob } from "../ports.ts";
import type { WindowRecord } from "../window-record.ts";
import { type ExceptRequest, requireReason } from "./opening.ts";
import type { PlanningParts } from "./parts.ts";
import type { Planning } from "./planning.ts";

/** Takes back that an occurrence was skipped: it is planned anew, as if nobody had planned it yet. */
export function createUnskipping<Prepared extends PreparedJob>({
  store,
  clock,
  planning,
}: Pick<PlanningParts<Prepared>, "store" | "clock"> & { planning: Planning }) {
  /** Whether it is still to come, or open: what is over stays as it was. */
  async function isToCome(window: WindowRecord, key: string): Promise<boolean> {
    const occurrence = await planning.occurrenceOf(window, key);
    return occurrence !== undefined && occurrence.closesAt > clock.now();
  }

  async function nextSkipped(window: WindowRecord): Promise<string> {
    const skipped = (await store.read.deployments.exceptions(window.id)).filter(({ kind }) => kind === "skipped").map(({ occurrence }) => occurrence);
    for (const key of skipped.sort((a, b) => (momentOfKey(a) ?? 0) - (momentOfKey(b) ?? 0))) if (await isToCome(window, key)) return key;
    throw new RunwrightError("NOT_FOUND", `no coming occurrence of the window ${window.name} is skipped`);
  }

  /** @param given default: the skipped one that opens next @returns what holds no more @throws NOT_FOUND, BAD_REQUEST */
  return async function unskip(request: ExceptRequest, given?: string): Promise<WindowException> {
    requireReason(request.reason);
    const { window } = request;
    const key = given ?? (await nextSkipped(window));
    const isKnown = await isToCome(window, key);
    return store.write(async (tx) => {
      const timer = await tx.windowTimers.lock(window.id);
      const exception = await tx.deployments.exception(window.id, key);
      if (!isKnown || exception?.kind !== "skipped")
        throw new RunwrightError(
          "NOT_FOUND",
          `the window ${window.name} has no coming occurrence ${key.slice(0, 100)} that is skipped; \`runwright window preview ${window.name}\` names them`,
        );
      await tx.deployments.unskip(exception);
      if (timer) {
        // Back to where nothing that is to come was decided; what is planned already is found by its key.
        const decidedTo = Math.min(timer.decidedTo, cursorBefore(window.spec, clock.now()) - parseDuration(window.spec.duration));
        const { resourceId, since } = timer;
        await tx.windowTimers.put({ resourceId, since, decidedTo, nextAt: clock.now() });
      }
      request.also(tx, exception);
      return exception;
    });
  };
}
