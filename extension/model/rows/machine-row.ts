import { counted } from "../../../engine/core/counted.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { ComplianceState } from "../../../engine/core/update.ts";
import type { Machine } from "../../../engine/protocol/http/machines.ts";
import { COLOURS, facts, type Icon, type Row } from "../row.ts";

const COMPLIANCE: Record<ComplianceState, { words: string; icon: Icon }> = {
  compliant: { words: "compliant", icon: { name: "pass", colour: COLOURS.good } },
  noncompliant: { words: "not compliant", icon: { name: "warning", colour: COLOURS.warning } },
  notassessed: { words: "not assessed", icon: { name: "question", colour: COLOURS.muted } },
  stale: { words: "stale", icon: { name: "clock", colour: COLOURS.warning } },
};

/** What a machine's report says of it, or that there is none. */
export function complianceOf({ assessment, staleSince }: Pick<Machine, "assessment" | "staleSince">): ComplianceState {
  if (assessment === null) return "notassessed";
  return staleSince !== null && assessment.compliance === "compliant" ? "stale" : assessment.compliance;
}

export function machineRow(machine: Machine, now: number): Row {
  const { name, scope, state, assessment, facts: known } = machine;
  const compliance = complianceOf(machine);
  const { words, icon } = COMPLIANCE[compliance] ?? COMPLIANCE.notassessed;
  const missing = missingOf(machine);
  const reboot = assessment?.rebootPending === true;
  return {
    id: machine.id,
    label: name,
    description: [
      words,
      ...(missing > 0 ? [`${missing} missing`] : []),
      ...(reboot ? ["reboot pending"] : []),
      ...(state === "online" ? [] : [`${state}${seen(machine, now)}`]),
    ].join(" · "),
    tooltip: facts([
      ["Machine", name],
      ["Scope", scope],
      ["State", state],
      ["Last seen", machine.lastSeenAt],
      ["System", known?.osName],
      ["Compliance", words],
      ["Missing", missing > 0 ? counted(missing, "update") : ""],
      ["Assessed", assessment?.receivedAt],
      ["Reboot pending", reboot ? assessment.rebootReasons.join(", ") || "yes" : ""],
      ["Tags", tagsOf(machine)],
      ["Problems", assessment?.problems.join("; ")],
    ]),
    icon: state === "online" ? icon : { name: state === "offline" ? "debug-disconnect" : "error", colour: state === "offline" ? COLOURS.muted : COLOURS.bad },
    is: ["machine", state, compliance],
    children: missing > 0 ? "closed" : undefined,
    click: { command: "runwright.openMachine", title: "Open Machine", arguments: [name] },
    subject: machine,
  };
}

/** Updates that aren't installed; those that are held are told apart by the engine. */
export const missingOf = ({ assessment }: Pick<Machine, "assessment">): number =>
  Object.entries(assessment?.counts ?? {}).reduce((sum, [word, count]) => (word === "held" ? sum : sum + count), 0);

export const tagsOf = ({ tags }: Pick<Machine, "tags">): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");

const seen = ({ lastSeenAt }: Machine, now: number): string => (lastSeenAt === null ? "" : `, seen ${relativeTime(lastSeenAt, now)}`);

/** Machines of one scope or with one value of a tag. */
export function groupRow(title: string, machines: readonly Machine[]): Row {
  const bad = machines.filter((machine) => complianceOf(machine) === "noncompliant").length;
  return {
    id: `group ${title}`,
    label: title,
    description: `${counted(machines.length, "machine")}${bad > 0 ? ` · ${bad} not compliant` : ""}`,
    icon: bad > 0 ? { name: "server", colour: COLOURS.warning } : { name: "server" },
    is: ["group"],
    children: "open",
    subject: title,
  };
}
