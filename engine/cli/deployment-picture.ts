import { countsAsFailed, isEnded, MACHINE_STATUSES, type MachineStatus } from "../core/deploy/status.ts";
import { formatDuration } from "../core/duration.ts";
import type { DeploymentProgress } from "../protocol/http/deployments.ts";
import { DEPLOYMENT_STYLES, MACHINE_STYLES, MACHINE_WORDS } from "./deployment-styles.ts";
import { padded } from "./display-width.ts";
import { clean, type Line } from "./terminal.ts";

type Counts = Readonly<Record<string, number>>;
type Piece = Line[number];

const MOST_WAVES = 12;
/** Machines that run, and those that have ended last: as many as the terminal is high, within these. */
const MOST_NOW = 20;
const MOST_LAST = 10;
const LEAST_LAST = 3;
const WORD = 12;
/** What stands beside a bar. */
const WORDS_BESIDE = 64;
const NAME = 20;

/** In the order in which a bar shows them. */
const ORDER: readonly MachineStatus[] = [
  ...(["Succeeded", "SucceededWithWarnings", "Failed", "AgentLost", "RebootUnverified", "PlanDrift", "SkippedByGate"] as const),
  ...(["MaintenanceWindowExceeded", "Frozen", "Cancelled", "InProgress", "NotStarted"] as const),
];
const FILL: Readonly<Partial<Record<MachineStatus, string>>> = { InProgress: "▒", NotStarted: "░" };

export interface PictureFrame {
  columns: number;
  rows: number;
  /** The engine can't be asked just now: what is shown is what it said last. */
  isLost: boolean;
}

/** What someone who watches a rollout sees at one moment; made anew each second. */
export function pictureOf({ at, deployment, waves, running, ended }: DeploymentProgress, { columns, rows, isLost }: PictureFrame): Line[] {
  const { id, window, status, reason, machines, allowedFailures } = deployment;
  const width = Math.max(10, Math.min(40, columns - WORDS_BESIDE));
  const failed = MACHINE_STATUSES.filter(countsAsFailed).reduce((sum, word) => sum + (machines[word] ?? 0), 0);
  const shownWaves = wavesAround(waves);
  const head: Line[] = [
    [
      [`${oneLine(window)}  `, "bold"],
      [status, DEPLOYMENT_STYLES[status]],
      [`  ${id}`, "gray"],
    ],
    [[oneLine(reason), "gray"]],
    ...(isLost ? [[["The engine can't be reached; waiting until it is back. The rollout goes on.", "yellow"] as Piece]] : []),
    [],
    windowLine({ at, deployment }, width),
    [],
    ...shownWaves.map(({ wave, machines: counts }): Line => [[`Wave ${wave + 1}`.padEnd(WORD)], ...bar(counts, width), [`  ${figures(counts)}`]]),
    ...(waves.length > shownWaves.length ? [[[`${" ".repeat(WORD)}and ${waves.length - shownWaves.length} more waves`, "gray"] as Piece]] : []),
    ...(waves.length > 1 ? [[["All".padEnd(WORD)] as Piece, ...bar(machines, width), [`  ${figures(machines)}`] as Piece]] : []),
    [["Failed".padEnd(WORD)], [String(failed), failed > allowedFailures ? "red" : failed > 0 ? "yellow" : "green"], [`, and ${allowedFailures} may`, "gray"]],
  ];
  // One row stays free for the cursor, and each list has an empty line and a title.
  const free = Math.max(0, rows - 1 - head.length - 2 - (ended.length > 0 ? 2 : 0));
  const inProgress = machines.InProgress ?? 0;
  const now = Math.min(running.length, MOST_NOW, Math.max(1, free - Math.min(LEAST_LAST, ended.length) - (inProgress > running.length ? 1 : 0)));
  const last = Math.max(1, Math.min(MOST_LAST, free - now - (inProgress > now ? 1 : 0) + (running.length === 0 ? 2 : 0)));
  return [
    ...head,
    ...section(
      "Now",
      running
        .slice(0, now)
        .map(
          ({ name, startedAt, message, rebootState }): Line => [
            [padded(oneLine(name), NAME), "blue"],
            [`  ${startedAt === null ? "" : elapsed(at, startedAt)}`.padEnd(9)],
            [`  ${[rebootState === "Started" ? "reboots" : "", oneLine(message)].filter(Boolean).join("; ")}`, "gray"],
          ],
        ),
      inProgress - now,
    ),
    ...section(
      "Last",
      ended
        .slice(0, last)
        .map(({ name, status: end, message }): Line => [[padded(oneLine(name), NAME)], ["  "], [end, MACHINE_STYLES[end]], [`  ${oneLine(message)}`, "gray"]]),
      0,
    ),
  ];
}

/** How much of the window is gone, and when nothing that may need a reboot is started any more. */
function windowLine({ at, deployment: { opensAt, closesAt, reserveFrom, status } }: Pick<DeploymentProgress, "at" | "deployment">, width: number): Line {
  const [now, open, close, reserve] = [at, opensAt, closesAt, reserveFrom].map((text) => Date.parse(text)) as [number, number, number, number];
  const share = Math.max(0, Math.min(1, (now - open) / Math.max(1, close - open)));
  const kept = Math.round(((close - reserve) / Math.max(1, close - open)) * width);
  const full = Math.round(share * width);
  const pieces: Piece[] = Array.from({ length: width }, (_, i): Piece => [i < full ? "█" : "░", i >= width - kept ? "yellow" : "cyan"]);
  const text = isEnded(status)
    ? ""
    : now < open
      ? `  opens in ${formatDuration(open - now)}`
      : now >= close
        ? "  closed; what runs is let finish"
        : `  ${formatDuration(close - now)} left${now < reserve ? `, ${formatDuration(reserve - now)} before the reboot reserve` : ", for reboots"}`;
  return [["Window".padEnd(WORD)], ...pieces, [text]];
}

/** The first that isn't done, with those before and after it. */
function wavesAround(waves: DeploymentProgress["waves"]): DeploymentProgress["waves"] {
  const current = waves.findIndex(({ machines }) => (machines.NotStarted ?? 0) + (machines.InProgress ?? 0) > 0);
  const from = Math.max(0, Math.min((current < 0 ? waves.length : current) - MOST_WAVES / 2, waves.length - MOST_WAVES));
  return waves.slice(from, from + MOST_WAVES);
}

function bar(counts: Counts, width: number): Piece[] {
  const total = ORDER.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  let seen = 0;
  let drawn = 0;
  return ORDER.flatMap((status): Piece[] => {
    seen += counts[status] ?? 0;
    const end = total === 0 ? 0 : Math.round((seen / total) * width);
    const piece: Piece = [(FILL[status] ?? "█").repeat(end - drawn), MACHINE_STYLES[status]];
    drawn = end;
    return piece[0] === "" ? [] : [piece];
  });
}

/** `3 of 5: 1 in progress, 1 waiting`. */
function figures(counts: Counts): string {
  const total = ORDER.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const done = (counts.Succeeded ?? 0) + (counts.SucceededWithWarnings ?? 0);
  const others = ORDER.filter((status) => status !== "Succeeded" && (counts[status] ?? 0) > 0).map(
    (status) => `${counts[status]} ${MACHINE_WORDS[status] ?? status}`,
  );
  return `${done}/${total} done${others.length > 0 ? `, ${others.join(", ")}` : ""}`;
}

function section(title: string, lines: readonly Line[], more: number): Line[] {
  if (lines.length === 0) return [];
  return [[], [[title, "bold"]], ...lines.map((line): Line => [["  "], ...line]), ...(more > 0 ? [[[`  and ${more} more`, "gray"] as Piece]] : [])];
}

const elapsed = (at: string, since: string): string => formatDuration(Math.max(0, Date.parse(at) - Date.parse(since)));
const oneLine = (text: string): string => clean(text).replaceAll("\n", " ");
