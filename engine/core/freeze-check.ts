import { parseDuration } from "./duration.ts";
import type { FreezeSpec } from "./freeze.ts";
import type { DocumentProblem } from "./resource.ts";
import { readMomentIn } from "./schedule/moment.ts";
import { checkSchedule } from "./schedule/occurrences.ts";
import { zoneProblem } from "./schedule/zone.ts";

const LONGEST_MS = 31 * 86_400_000;

/** What is wrong with a freeze by itself, beyond its shape. */
export function freezeProblems(spec: FreezeSpec): DocumentProblem[] {
  const wrongZone = zoneProblem(spec.timeZone);
  if (wrongZone !== undefined) return [{ path: "/timeZone", message: wrongZone }];
  return spec.periods.flatMap((period, i): DocumentProblem[] => {
    const at = `/periods/${i}`;
    if ("from" in period) {
      const [from, to] = [readMomentIn(period.from, spec.timeZone), readMomentIn(period.to, spec.timeZone)];
      const unreadable = 'isn\'t a moment; write a wall time such as "2026-12-20T18:00", or an instant with its offset';
      if (!from) return [{ path: `${at}/from`, message: unreadable }];
      if (!to) return [{ path: `${at}/to`, message: unreadable }];
      return Temporal.Instant.compare(from, to) < 0 ? [] : [{ path: `${at}/to`, message: "must be later than from" }];
    }
    const rule = period.cron === undefined ? { recurrence: period.recurrence } : { cron: period.cron };
    const problems = checkSchedule({ ...rule, timeZone: spec.timeZone }).map(({ path, message }) => ({ path: at + path, message }));
    const duration = parseDuration(period.duration);
    if (duration < 60_000 || duration > LONGEST_MS) problems.push({ path: `${at}/duration`, message: "must be from 1m to 31d" });
    return problems;
  });
}
