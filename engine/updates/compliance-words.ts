import { formatDuration } from "../core/duration.ts";
import { isAhead, listsAge } from "../core/list-age.ts";
import { listText, timeText } from "../core/update-policy/words.ts";
import { COUNTS, VERDICTS } from "../core/update-policy.ts";
import { type Counts, type Evidence, FRESHNESS } from "./assessment.ts";
import type { Judgement } from "./policy-judge.ts";

/** Why a machine is in the state that `complianceOf` gives it, as sentences. */
export function complianceReasons(
  evidence: (Evidence & { counts: Readonly<Counts> }) | undefined,
  { verdicts, missing, updates }: Pick<Judgement, "verdicts" | "missing" | "updates">,
  now: number,
): string[] {
  if (evidence === undefined) return ["It has never been assessed: its agent hasn't reported yet."];
  const { receivedAt, collectedAt, problems, installedCount, listsUpdatedAt } = evidence;
  const days = (ms: number) => formatDuration(ms);
  const count = (isCounted: boolean) => {
    const words = VERDICTS.filter((verdict) => COUNTS[verdict] === isCounted && (verdicts[verdict] ?? 0) > 0).map(
      (verdict) => `${verdicts[verdict]} ${verdict}`,
    );
    return listText(words);
  };
  const others = [
    ...(count(false) === "" ? [] : [`${count(false)} ${sumOf(verdicts, false) === 1 ? "isn't" : "aren't"} counted`]),
    ...(updates.some(({ phased }) => phased) ? [`${updates.filter(({ phased }) => phased).length} phased: not offered to it yet`] : []),
    ...apart(updates, verdicts),
  ];
  const besides = others.length > 0 ? [`Besides, of its missing updates ${others.join("; ")}.`] : [];
  const trouble = problems.length > 0 ? [`Its last report has problems: ${problems.slice(0, 3).join("; ")}${problems.length > 3 ? " …" : ""}.`] : [];
  if (now - receivedAt > FRESHNESS.report)
    return [`Its last report is of ${timeText(receivedAt)}: after ${days(FRESHNESS.report)} nothing is known for certain any more.`];
  if (missing > 0) {
    const overdue = verdicts.overdue ? `, ${verdicts.overdue} overdue` : "";
    return [`${missing === 1 ? "1 missing update counts" : `${missing} missing updates count`}: ${count(true)}${overdue}.`, ...besides, ...trouble];
  }
  if (trouble.length > 0) return [...trouble, "So it isn't proven that nothing is missing."];
  if (installedCount === 0) return ["Its last report names no installed package: that proves nothing."];
  if (listsUpdatedAt !== null && isAhead(listsUpdatedAt, collectedAt))
    return [
      `Its package lists are dated ${timeText(listsUpdatedAt)}, and its report ${timeText(collectedAt)}, both by its own clock, which was wrong: nobody knows how old they are.`,
      ...besides,
    ];
  const lists =
    listsUpdatedAt === null
      ? "It isn't known when its package lists were fetched"
      : `Its package lists were fetched at ${timeText(listsUpdatedAt)} by its own clock`;
  if (listsAge(evidence, now) > FRESHNESS.lists) return [`${lists}: after ${days(FRESHNESS.lists)} they prove nothing any more.`, ...besides];
  return ["Nothing is missing that counts.", ...besides];
}

const sumOf = (verdicts: Judgement["verdicts"], isCounted: boolean): number =>
  VERDICTS.reduce((sum, verdict) => sum + (COUNTS[verdict] === isCounted ? (verdicts[verdict] ?? 0) : 0), 0);

/** Definition updates that stand apart: all that is neither phased nor among the verdicts. */
function apart(updates: Judgement["updates"], verdicts: Judgement["verdicts"]): string[] {
  const weighed = sumOf(verdicts, true) + sumOf(verdicts, false);
  const rest = updates.filter(({ phased }) => !phased).length - weighed;
  return rest > 0 ? [`${rest} definition ${rest === 1 ? "update stands" : "updates stand"} apart`] : [];
}
