import type { TimelineEntry } from "../../protocol/http/timeline.ts";
import { toldBy, valueText } from "./changes.ts";
import { missingCounts } from "./missing-counts.ts";
import { counted, countText } from "./words.ts";

/** One entry of a machine's life, as a line tells it. */
export interface EntryWords {
  what: string;
  /** Of a status: how it is to be felt about. */
  status: string;
  says: string;
}

type Of<Kind extends TimelineEntry["kind"]> = Extract<TimelineEntry, { kind: Kind }>;

export function entryWords(entry: TimelineEntry): EntryWords {
  switch (entry.kind) {
    case "assessment":
      return { what: "assessment", status: entry.now.compliance, says: assessmentText(entry) };
    case "install":
      return { what: entry.action, status: installStatus(entry), says: installText(entry) };
    case "command":
      return { what: entry.action, status: entry.status, says: entry.jobId === null ? "" : "of a job" };
    case "event":
      return { what: entry.operation, status: entry.result === "ok" ? "done" : "refused", says: eventText(entry) };
  }
}

/** What differs from the assessment before. */
function assessmentText({ now, previous }: Of<"assessment">): string {
  const { missing, security } = missingCounts(now);
  const reboot = now.rebootPending ? "reboot pending" : undefined;
  if (previous === null)
    return texts(`first report: ${countText(missing)} missing`, security > 0 ? `${countText(security)} of them security` : undefined, reboot);
  const before = missingCounts(previous);
  const moved = (from: number, to: number, word: string) => (from === to ? undefined : `${countText(from)} → ${countText(to)} ${word}`);
  const said = texts(
    now.compliance === previous.compliance ? undefined : `was ${previous.compliance}`,
    moved(before.missing, missing, "missing"),
    moved(before.security, security, "security"),
    moved(before.held, missingCounts(now).held, "held"),
    now.rebootPending === previous.rebootPending ? undefined : (reboot ?? "no reboot pending any more"),
  );
  return said === "" ? verdictsText(now.verdicts) : said;
}

/** What is missing is the same, and policies say something else of it. */
function verdictsText(verdicts: Readonly<Record<string, number>>): string {
  const said = Object.entries(verdicts).filter(([, count]) => count > 0);
  return `judged anew: ${said.length === 0 ? "nothing is missing" : said.map(([verdict, count]) => `${countText(count)} ${verdict}`).join(", ")}`;
}

/** The worst of what became of its updates. */
function installStatus({ statuses, endedAt }: Of<"install">): string {
  if ((statuses.Failed ?? 0) > 0) return "Failed";
  if (endedAt === null) return "InProgress";
  return Object.entries(statuses).find(([status, count]) => status !== "Succeeded" && count > 0)?.[0] ?? "Succeeded";
}

function installText({ statuses, updates, rebootPending }: Of<"install">): string {
  const all = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const others = Object.entries(statuses).filter(([status, count]) => status !== "Succeeded" && count > 0);
  const left = all - updates.length;
  const names = `${updates.join(", ")}${left > 0 ? ` and ${countText(left)} more` : ""}`;
  return texts(
    `${counted(all, "update")}${names === "" ? "" : `: ${names}`}`,
    ...others.map(([status, count]) => `${countText(count)} ${status}`),
    rebootPending ? "reboot pending" : undefined,
  );
}

function eventText({ details }: Of<"event">): string {
  const { changes, others } = toldBy(details);
  const changed = changes.map(({ name, from, to }) => `${name === "" ? "" : `${name}: `}${line(from)} → ${line(to)}`);
  return [...changed, ...others.filter(([name]) => name !== "id").map(([name, value]) => `${name}: ${line(value)}`)].join("; ");
}

const line = (value: unknown): string => valueText(value).replace(/\s+/g, " ");
const texts = (...all: (string | undefined)[]): string => all.filter((one) => one !== undefined && one !== "").join(", ");
