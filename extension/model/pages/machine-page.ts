import { counted } from "../../../engine/core/counted.ts";
import type { Machine, Update } from "../../../engine/protocol/http/machines.ts";
import type { Why } from "../../../engine/protocol/http/update-policies.ts";
import { complianceOf, tagsOf } from "../rows/machine-row.ts";
import type { Block, PageContent, Tone } from "./block.ts";

export interface MachinePageParts {
  machine: Machine;
  updates: readonly Update[];
  /** Whether more are missing than are shown. */
  hasMore: boolean;
  why: Why;
}

const TONES: Record<ReturnType<typeof complianceOf>, Tone> = { compliant: "good", noncompliant: "warning", notassessed: "plain", stale: "warning" };

/** A machine: what it is, what it misses, and why policies say what they say. */
export function machinePage({ machine, updates, hasMore, why }: MachinePageParts): PageContent {
  const { name, facts, assessment } = machine;
  const compliance = complianceOf(machine);
  return {
    title: name,
    blocks: [
      { id: "title", kind: "heading", level: 1, text: name },
      { id: "status", kind: "status", text: [compliance, ...why.reasons].join(". "), tone: TONES[compliance] },
      { id: "buttons", kind: "buttons", buttons: [{ label: "Assess Now", command: "runwright.assessMachine", argument: name }] },
      {
        id: "facts",
        kind: "facts",
        rows: [
          ["State", `${machine.state}${machine.staleSince === null ? "" : `, stale since ${machine.staleSince}`}`],
          ["Last seen", machine.lastSeenAt ?? "never"],
          ["Scope", machine.scope],
          ["Tags", tagsOf(machine)],
          ["System", facts ? `${facts.osName}, kernel ${facts.kernel}, ${facts.architecture}` : ""],
          ["Addresses", facts?.addresses.join(", ") ?? ""],
          ["Agent", facts?.agentVersion ?? ""],
          ["Time zone", facts?.timeZone ?? ""],
          ["Assessed", assessment?.receivedAt ?? "not yet"],
          ["Installed", assessment ? counted(assessment.installedCount, "package") : ""],
          ["Reboot pending", assessment?.rebootPending ? assessment.rebootReasons.join(", ") || "yes" : "no"],
          ["Problems", assessment?.problems.join("\n") ?? ""],
        ],
      },
      { id: "updates-title", kind: "heading", level: 2, text: "Missing updates" },
      {
        id: "updates",
        kind: "table",
        caption: updates.length === 0 ? "Nothing is missing" : `${counted(updates.length, "update")}${hasMore ? " and more" : ""}`,
        heads: ["Update", "Installed", "Candidate", "Classification", "Verdict", "Due"],
        rows: updates.map((one) => ({
          key: `${one.name} ${one.architecture} ${one.candidateVersion}`,
          cells: [one.name, one.installedVersion ?? "", one.candidateVersion, one.classification, one.verdict, one.dueAt ?? ""],
        })),
      },
      ...why.updates.flatMap((one, i): Block[] => [
        { id: `why-${i}-title`, kind: "heading", level: 2, text: `Why ${one.name} is ${one.verdict}` },
        { id: `why-${i}`, kind: "facts", rows: one.sentences.map((sentence, step) => [String(step + 1), sentence] as const) },
      ]),
    ],
  };
}
