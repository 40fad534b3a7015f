import { counted } from "../../../engine/core/counted.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { DeploymentDetail, DeploymentProgress } from "../../../engine/protocol/http/deployments.ts";
import { countsText, deploymentRow, deploymentWords, isUnderWay, waveRow } from "../rows/deployment-row.ts";
import type { Block, Button, PageContent, TableRow, Tone } from "./block.ts";

const TONES: Readonly<Record<string, Tone>> = {
  running: "active",
  halted: "warning",
  aborting: "warning",
  awaitingApproval: "warning",
  succeeded: "good",
  failed: "bad",
  aborted: "warning",
  expired: "warning",
};

/** A rollout: waves, what runs, what has ended, and how much of the window is left. Times are by the engine's clock. */
export function deploymentPage(detail: DeploymentDetail, { at, waves, running, ended }: DeploymentProgress): PageContent {
  const now = Date.parse(at);
  const { id, window, status, reason, settings } = detail;
  return {
    title: window,
    blocks: [
      { id: "title", kind: "heading", level: 1, text: `Deployment in ${window}` },
      { id: "status", kind: "status", text: reason === "" ? deploymentWords(status) : `${deploymentWords(status)}: ${reason}`, tone: TONES[status] ?? "plain" },
      ...windowOf(detail, now),
      { id: "buttons", kind: "buttons", buttons: buttonsOf(detail, now) },
      { id: "waves-title", kind: "heading", level: 2, text: "Waves" },
      ...waves.map((wave): Block => {
        const { label, description = "", icon } = waveRow(id, wave);
        const counts = Object.entries(wave.machines);
        const sum = counts.reduce((total, [, count]) => total + count, 0);
        const open = (wave.machines.NotStarted ?? 0) + (wave.machines.InProgress ?? 0);
        const tone: Tone = icon?.name === "error" ? "bad" : icon?.name === "pass" ? "good" : "active";
        return {
          id: `wave-${wave.wave}`,
          kind: "progress",
          label,
          fraction: sum === 0 ? 1 : (sum - open) / sum,
          text: `${description}: ${countsText(wave.machines)}`,
          tone,
        };
      }),
      { id: "running-title", kind: "heading", level: 2, text: "Under way" },
      {
        id: "running",
        kind: "table",
        caption: counted(running.length, "machine"),
        heads: ["Machine", "Wave", "Since", "What", "Reboot"],
        rows: running.map((one) => runningRow(one, now)),
      },
      { id: "ended-title", kind: "heading", level: 2, text: "Ended last" },
      { id: "ended", kind: "table", caption: counted(ended.length, "machine"), heads: ["Machine", "Wave", "Status", "Message"], rows: ended.map(endedRow) },
      { id: "facts-title", kind: "heading", level: 2, text: "Plan" },
      {
        id: "facts",
        kind: "facts",
        rows: [
          ["Deployment", id],
          ["Plan", detail.planHash.slice(0, 12)],
          ["Machines", countsText(detail.machines)],
          ["Waves", `${settings.waves}, ${settings.maxParallel} at once, ${settings.soak} between them`],
          ["Halts", `when more than ${counted(detail.allowedFailures, "machine")} failed`],
          ["Reboot", `${settings.reboot}, ${settings.rebootReserve} are kept for it`],
          ["Asked for by", detail.requestedBy],
        ],
      },
      ...(detail.decisions.length === 0
        ? []
        : [
            {
              id: "decisions",
              kind: "table" as const,
              caption: "Decisions",
              heads: ["By", "Decision", "Plan", "Reason"],
              rows: detail.decisions.map((one, i) => ({
                key: String(i),
                cells: [one.by, one.decision, one.planHash === detail.planHash ? "this one" : "an earlier one", one.reason],
              })),
            },
          ]),
    ],
  };
}

/** How much of the window is gone; what is kept for reboots takes nothing new. */
function windowOf(detail: DeploymentDetail, now: number): Block[] {
  const [opens, closes, reserve] = [Date.parse(detail.opensAt), Date.parse(detail.closesAt), Date.parse(detail.reserveFrom)];
  if (!isUnderWay(detail) || closes <= opens) return [];
  const inReserve = now >= reserve && now < closes;
  const text =
    now >= closes
      ? "closed"
      : `closes ${relativeTime(detail.closesAt, now)}${inReserve ? "; only reboots may still begin" : `, nothing new begins ${relativeTime(detail.reserveFrom, now)}`}`;
  return [
    {
      id: "window",
      kind: "progress",
      label: "Window",
      fraction: Math.min(1, Math.max(0, (now - opens) / (closes - opens))),
      text,
      tone: inReserve ? "warning" : "plain",
    },
  ];
}

function buttonsOf(detail: DeploymentDetail, now: number): Button[] {
  const { is } = deploymentRow(detail, now);
  const of = (word: string, label: string, command: string): Button[] =>
    is.includes(word) ? [{ label, command: `runwright.${command}`, argument: detail.id }] : [];
  return [
    ...of("deployment", "Read the Plan", "openPlanOfDeployment"),
    ...of("decidable", "Approve…", "approve"),
    ...of("decidable", "Reject…", "reject"),
    ...of("haltable", "Halt…", "haltDeployment"),
    ...of("continuable", "Continue…", "continueDeployment"),
    ...of("abortable", "End…", "abortDeployment"),
    ...of("retryable", "Retry What Failed…", "retryDeployment"),
    ...of("reversible", "Roll Back…", "rollBackDeployment"),
  ];
}

const runningRow = ({ name, wave, startedAt, message, rebootState }: DeploymentProgress["running"][number], now: number): TableRow => ({
  key: name,
  cells: [name, String(wave + 1), relativeTime(startedAt, now), message, rebootState],
});

const endedRow = ({ name, wave, status, message }: DeploymentProgress["ended"][number]): TableRow => ({
  key: name,
  cells: [name, String(wave + 1), status, message],
  ...(status === "Succeeded" ? { tone: "good" as const } : status.startsWith("Succeeded") ? { tone: "warning" as const } : { tone: "bad" as const }),
});
