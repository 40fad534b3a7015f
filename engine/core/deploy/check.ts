import { formatDuration, parseDuration } from "../duration.ts";
import { RunwrightError } from "../errors.ts";
import type { DocumentProblem } from "../resource.ts";
import { readMoment, readMomentIn } from "../schedule/moment.ts";
import { checkSchedule } from "../schedule/occurrences.ts";
import { scheduleOf } from "../schedule-timer.ts";
import { parseSelector } from "../selector.ts";
import { readBudget } from "./budget.ts";
import type { Hook, MaintenanceWindowSpec } from "./spec.ts";
import { readWaves } from "./waves.ts";
import { MACHINES_OWN_ZONE, REBOOT_RESERVE_MS, WINDOW_MS } from "./window.ts";

const LONGEST_AHEAD_MS = 31 * 86_400_000;
const LONGEST_HOOK_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

type Report = (path: string, message: string) => void;

/**
 * What is wrong with a window by itself, beyond its shape.
 * @param before as it is stored: an expiry that is over is no mistake when it was there before
 */
export function windowProblems(spec: MaintenanceWindowSpec, now: number, before?: MaintenanceWindowSpec): DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const report: Report = (path, message) => void problems.push({ path, message });
  const isOwn = spec.timeZone === MACHINES_OWN_ZONE;
  problems.push(...checkSchedule(scheduleOf({ ...spec, timeZone: isOwn ? "UTC" : spec.timeZone })));
  if (isOwn) checkWallTimes(spec, report);
  const expiresAt = spec.expiresAt === undefined ? undefined : readMomentIn(spec.expiresAt, isOwn ? "UTC" : zoneOrUtc(spec.timeZone, problems));
  if (expiresAt !== undefined && expiresAt.epochMilliseconds <= now && before?.expiresAt !== spec.expiresAt)
    report("/expiresAt", "is over already; choose a later moment, or leave it out");
  checkLengths(spec, report);
  attempt("/waves", report, () => spec.waves !== undefined && readWaves(spec.waves));
  attempt("/errorBudget", report, () => spec.errorBudget !== undefined && readBudget(spec.errorBudget));
  attempt("/selector", report, () => spec.selector !== undefined && parseSelector(spec.selector));
  for (const [i, hook] of (spec.hooks ?? []).entries()) checkHook(hook, (path, message) => report(`/hooks/${i}${path}`, message));
  const tags = (spec.rebootRules ?? []).map(({ tag }) => tag);
  for (const [i, tag] of tags.entries()) if (tags.indexOf(tag) < i) report(`/rebootRules/${i}/tag`, `there is a rule for ${tag} already`);
  if (spec.notify && !/^https?:$/.test(URL.parse(spec.notify.url)?.protocol ?? "")) report("/notify/url", "must be an http or https address");
  return problems;
}

const zoneOrUtc = (timeZone: string, problems: readonly DocumentProblem[]): string => (problems.some(({ path }) => path === "/timeZone") ? "UTC" : timeZone);

/** What each machine reads off its own clock can't be said as an instant, nor counted in hours that elapse. */
function checkWallTimes({ recurrence, startAt, expiresAt }: MaintenanceWindowSpec, report: Report): void {
  const wall = "must be a wall time such as 2026-03-29T02:30, as each machine reads it off its own clock (timeZone: machine)";
  if (recurrence?.frequency === "hourly")
    report("/recurrence/frequency", "hourly counts elapsed hours, which are no wall times: name a time zone, or use cron");
  if (recurrence?.frequency === "once" && readMoment(recurrence.at) !== undefined) report("/recurrence/at", wall);
  for (const [member, value] of Object.entries({ startAt, expiresAt })) if (value !== undefined && readMoment(value) !== undefined) report(`/${member}`, wall);
}

function checkLengths({ duration, rebootReserve, planAhead, soak, healthCheck }: MaintenanceWindowSpec, report: Report): void {
  const length = parseDuration(duration);
  if (length < WINDOW_MS.shortest || length > WINDOW_MS.longest) report("/duration", "is from 30m to 24h");
  const reserve = rebootReserve === undefined ? REBOOT_RESERVE_MS : parseDuration(rebootReserve);
  if (reserve >= length) report("/rebootReserve", `leaves nothing of ${duration}: ${formatDuration(reserve)} are kept for reboots at the end`);
  if (planAhead !== undefined && parseDuration(planAhead) > LONGEST_AHEAD_MS) report("/planAhead", "is at most 31d");
  if (soak !== undefined && parseDuration(soak) >= length) report("/soak", `is as long as the window, ${duration}: a second wave would never begin`);
  if (healthCheck?.timeout !== undefined && parseDuration(healthCheck.timeout) > 30 * MINUTE_MS) report("/healthCheck/timeout", "is at most 30m");
}

function checkHook({ at, runbook, command, timeout, onFailure }: Hook, report: Report): void {
  const isOnce = at === "before" || at === "after";
  if ((runbook === undefined) === (command === undefined))
    report("", "names either a runbook, which runs on the engine, or a command, which runs on the machine");
  else if (isOnce && command !== undefined) report("/command", `runs on machines, and ${at} runs once for all of them: name a runbook`);
  if (isOnce && onFailure === "skipMachine") report("/onFailure", `${at} runs once for all machines: abort or continue`);
  if (at === "after" && onFailure === "abort") report("/onFailure", "after runs when all is done, and nothing is left to abort: continue");
  if (timeout === undefined) return;
  const length = parseDuration(timeout);
  if (length < 1_000 || length > LONGEST_HOOK_MS) report("/timeout", "is from 1s to 24h");
}

function attempt(path: string, report: Report, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof RunwrightError)) throw error;
    report(path, error.message);
  }
}
