import type { MaintenanceWindowSpec } from "../../core/deploy/spec.ts";
import { isEnded, isRetried, PENDING, UNDER_WAY } from "../../core/deploy/status.ts";
import { openWindow, REBOOT_RESERVE_MS, WINDOW_MS } from "../../core/deploy/window.ts";
import { formatDuration, parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { DeploymentRecord, WindowException } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import type { PreparedJob } from "../ports.ts";
import type { WindowRecord } from "../window-record.ts";
import { refuseFrozen } from "./frozen.ts";
import { endUnstarted, moveDeployment, wordsOf } from "./moves.ts";
import type { Also, PlanningParts } from "./parts.ts";
import { type Opening, openingOf } from "./planner.ts";
import type { Planning, Requester } from "./planning.ts";

/** Occurrences that somebody opens begin so; others are named by their time. */
export const NOW_KEY = "now ";
/** Of one window at one time; more can't be meant. */
const MOST_OPEN = 1_000;

export interface OpenRequest {
  window: WindowRecord;
  requester: Requester;
  reason: string;
  /** How long; default: as long as the window. */
  duration?: string;
  also: Also;
}

export interface ExceptRequest {
  window: WindowRecord;
  by: string;
  reason: string;
  also(tx: Writes, exception: WindowException): void;
}

/** What people do with a window besides letting it open: open it now, let an occurrence fall out, close one, take up what failed. */
export function createOpening<Prepared extends PreparedJob>({ store, clock, freezes, plan, planning }: PlanningParts<Prepared> & { planning: Planning }) {
  /** @throws FROZEN */
  const requireThawed = async ({ scope }: WindowRecord): Promise<void> => refuseFrozen(await freezes.at("deployments", scope, clock.now()));

  async function openNow(
    { window, requester, also }: OpenRequest,
    { opening, only, retryOf }: { opening: Opening; only?: ReadonlySet<string>; retryOf?: string },
  ): Promise<DeploymentRecord> {
    const made = await plan(window, opening, only);
    const done = await planning.insert(window, made, { requester, retryOf: retryOf ?? null, also });
    if (!done)
      throw new RunwrightError("CONFLICT", `the window ${window.name} was opened in this very moment by someone else; look at \`runwright deployment list\``);
    return done;
  }

  /** Whoever plans the occurrence at this moment holds its window, too: either the plan is found here, or they find what is written here. */
  async function lockOccurrence(tx: Writes, { window, by, reason }: ExceptRequest, { key, kind }: Pick<WindowException, "kind"> & { key: string }) {
    await tx.resources.lock(window.id);
    const planned = await tx.deployments.ofOccurrence(window.id, key);
    const exception: WindowException = { windowId: window.id, occurrence: key, kind, reason, by, at: clock.now() };
    return { exception, words: wordsOf(exception), found: planned && (await tx.deployments.lock(planned.id)) };
  }

  return {
    /** @throws BAD_REQUEST, FROZEN, CONFLICT */
    async runNow(request: OpenRequest): Promise<DeploymentRecord> {
      const { window, reason, duration } = request;
      requireReason(reason);
      await requireThawed(window);
      return openNow(request, { opening: openingNow(window.spec, clock.now(), lengthOf(window.spec, duration)) });
    },

    /**
     * An occurrence that hasn't opened yet falls out.
     * @param key default: the one that opens next @throws CONFLICT, NOT_FOUND
     */
    async skip(request: ExceptRequest, key?: string): Promise<WindowException> {
      requireReason(request.reason);
      const now = clock.now();
      const { window } = request;
      const occurrence = key === undefined ? await planning.coming(window, now, ({ opensAt }) => opensAt > now) : await planning.occurrenceOf(window, key);
      if (!occurrence || occurrence.closesAt <= now)
        throw new RunwrightError(
          "NOT_FOUND",
          key === undefined
            ? `the window ${window.name} never opens again: there is nothing to skip`
            : `the window ${window.name} has no coming occurrence ${key.slice(0, 100)}; \`runwright window preview ${window.name}\` names them`,
        );
      if (occurrence.opensAt <= now)
        throw new RunwrightError("CONFLICT", `${occurrence.key} is open already; \`runwright window cancel ${window.name}\` closes it`);
      return store.write(async (tx) => {
        const { exception, words, found } = await lockOccurrence(tx, request, { key: occurrence.key, kind: "skipped" });
        const before = await tx.deployments.exception(window.id, occurrence.key);
        if (before) throw new RunwrightError("CONFLICT", `${before.by} has ${before.kind} ${occurrence.key} already: ${before.reason}`);
        if (found && UNDER_WAY.includes(found.status))
          throw new RunwrightError(
            "CONFLICT",
            `deployment ${found.id} of this occurrence is ${found.status}; \`runwright window cancel ${window.name}\` ends it`,
          );
        if (found && PENDING.includes(found.status)) await endUnstarted(tx, found, { to: "aborted", reason: words, at: exception.at });
        await tx.deployments.except(exception);
        request.also(tx, exception);
        return exception;
      });
    },

    /**
     * All that is open of it is closed, its own occurrences and what somebody has opened by hand: what hasn't started is over, what runs is told to end.
     * @throws CONFLICT when none is open
     */
    async cancel(request: ExceptRequest): Promise<WindowException[]> {
      requireReason(request.reason);
      const { window } = request;
      const now = clock.now();
      const own = (await planning.open(window, now)).map(({ key }) => key);
      // What was planned for a time that a change of the window has taken away goes on all the same.
      const others = (await store.read.deployments.ofWindow(window.id, [...PENDING, ...UNDER_WAY], MOST_OPEN))
        .filter(({ opensAt, closesAt }) => opensAt <= now && now < closesAt)
        .map(({ occurrence }) => occurrence);
      const cancelled = await store.write(async (tx) => {
        const done: WindowException[] = [];
        for (const key of new Set([...own, ...others])) {
          const { exception, words, found } = await lockOccurrence(tx, request, { key, kind: "cancelled" });
          if (found ? isEnded(found.status) : await tx.deployments.exception(window.id, key)) continue;
          if (found && PENDING.includes(found.status)) await endUnstarted(tx, found, { to: "aborted", reason: words, at: exception.at });
          else if (found && found.status !== "aborting") await moveDeployment(tx, found, { to: "aborting", reason: words, at: exception.at });
          await tx.deployments.except(exception);
          request.also(tx, exception);
          done.push(exception);
        }
        return done;
      });
      if (cancelled.length === 0)
        throw new RunwrightError(
          "CONFLICT",
          own.length === 0
            ? `the window ${window.name} isn't open; \`runwright window skip ${window.name}\` leaves out the next occurrence`
            : `nothing of ${own.join(", ")} is left to be cancelled: its deployment has ended, or somebody has skipped or cancelled it`,
        );
      return cancelled;
    },

    /**
     * Takes up machines of a deployment that has ended: those that failed or weren't reached. In what is left of the window when it is open and no duration is given, else in
     * one that is opened for it.
     * @throws CONFLICT, BAD_REQUEST, FROZEN
     */
    async retry(request: OpenRequest, before: DeploymentRecord): Promise<DeploymentRecord> {
      requireReason(request.reason);
      if (!isEnded(before.status)) throw new RunwrightError("CONFLICT", `deployment ${before.id} is ${before.status}: it can be taken up when it has ended`);
      const only = new Set((await store.read.deployments.machines(before.id)).filter(({ status }) => isRetried(status)).map(({ machineId }) => machineId));
      if (only.size === 0) throw new RunwrightError("CONFLICT", `no machine of ${before.id} has failed or was left out: there is nothing to take up`);
      await requireThawed(request.window);
      const now = clock.now();
      const open = request.duration === undefined ? await planning.open(request.window, now) : [];
      const exceptions = await Promise.all(open.map(({ key }) => store.read.deployments.exception(request.window.id, key)));
      const own = open.find((_, i) => exceptions[i] === undefined);
      const [exception] = exceptions;
      if (!own && exception)
        throw new RunwrightError(
          "CONFLICT",
          `the window ${request.window.name} isn't open: ${exception.by} has ${exception.kind} it: ${exception.reason}; say for how long it is to be opened (--duration 1h)`,
        );
      if (!own && request.duration === undefined)
        throw new RunwrightError("CONFLICT", `the window ${request.window.name} isn't open; say for how long it is to be opened (--duration 1h)`);
      const { spec } = request.window;
      // Each machine in its own window, which may have closed for some or open later for others.
      const opening = own ? { ...openingOf(own, spec), key: keyOfNow(now), opensAt: now } : openingNow(spec, now, lengthOf(spec, request.duration));
      return openNow(request, { opening, only, retryOf: before.id });
    },
  };
}
export type WindowOpening = ReturnType<typeof createOpening>;

/** @throws BAD_REQUEST */
export function requireReason(reason: string): void {
  if (reason.trim() === "") throw new RunwrightError("BAD_REQUEST", "say why: others will ask (reason)");
  if (reason.includes("\0")) throw new RunwrightError("BAD_REQUEST", "the reason must not hold NUL characters");
}

/** @throws BAD_REQUEST, DURATION_INVALID */
function lengthOf({ duration, rebootReserve }: MaintenanceWindowSpec, given = duration): number {
  const length = parseDuration(given);
  if (length < WINDOW_MS.shortest || length > WINDOW_MS.longest) throw new RunwrightError("BAD_REQUEST", `duration ${given} must be from 30m to 24h`);
  const reserve = reserveOf({ rebootReserve });
  if (reserve >= length) throw new RunwrightError("BAD_REQUEST", `duration ${given} leaves nothing: ${formatDuration(reserve)} are kept for reboots`);
  return length;
}

const reserveOf = ({ rebootReserve }: Pick<MaintenanceWindowSpec, "rebootReserve"> | { rebootReserve: string | undefined }): number =>
  rebootReserve === undefined ? REBOOT_RESERVE_MS : parseDuration(rebootReserve);

/** The same for all machines, wherever they are. */
function openingNow(spec: MaintenanceWindowSpec, now: number, lengthMs: number): Opening {
  const open = openWindow(now, lengthMs, reserveOf(spec));
  return { key: keyOfNow(now), opensAt: now, closesAt: open.closesAt, openFor: () => open };
}
const keyOfNow = (now: number): string => `${NOW_KEY}${new Date(now).toISOString()}`;
