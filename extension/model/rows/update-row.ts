import { CLASSIFICATIONS, type Classification } from "../../../engine/core/update.ts";
import type { Update } from "../../../engine/protocol/http/machines.ts";
import { COLOURS, facts, type Icon, type Row } from "../row.ts";

const GROUPS: Record<Classification, { title: string; icon: Icon }> = {
  critical: { title: "Critical", icon: { name: "flame", colour: COLOURS.bad } },
  security: { title: "Security", icon: { name: "shield", colour: COLOURS.warning } },
  updateRollup: { title: "Update rollups", icon: { name: "package" } },
  featurePack: { title: "Feature packs", icon: { name: "package" } },
  servicePack: { title: "Service packs", icon: { name: "package" } },
  definition: { title: "Definitions", icon: { name: "book" } },
  tools: { title: "Tools", icon: { name: "tools" } },
  updates: { title: "Other updates of the system", icon: { name: "package" } },
  other: { title: "Without a classification", icon: { name: "package" } },
};

export const classificationRows = (): Row[] =>
  CLASSIFICATIONS.map((one) => ({
    id: `class ${one}`,
    label: GROUPS[one].title,
    icon: GROUPS[one].icon,
    is: ["classification"],
    children: "closed",
    subject: one,
  }));

/** @param within `machine`: below the machine that it is missing on */
export function updateRow(update: Update, within: "machine" | "classification"): Row {
  const { machine, name, architecture, candidateVersion, installedVersion, verdict, severity } = update;
  const isExploited = update.exploitedSince !== null && update.exploitedSince !== undefined;
  return {
    id: [machine, name, architecture, candidateVersion].join(" "),
    label: name,
    description: [
      `${installedVersion ?? "new"} → ${candidateVersion}`,
      ...(within === "machine" ? [update.classification] : [machine]),
      ...(isExploited ? ["exploited"] : []),
      verdict,
    ].join(" · "),
    tooltip: facts([
      ["Update", update.title ? `${name}: ${update.title}` : name],
      ["Machine", machine],
      ["Installed", installedVersion],
      ["Candidate", candidateVersion],
      ["Classification", update.classification],
      ["Severity", severity],
      ["Verdict of policies", verdict],
      ["Due", update.dueAt],
      ["Mends", update.cves.join(", ")],
      ["Known to be exploited since", update.exploitedSince],
      ["Origin", update.origin],
      ["Held", update.held ? "yes" : ""],
    ]),
    icon: isExploited ? { name: "flame", colour: COLOURS.bad } : update.held ? { name: "lock", colour: COLOURS.muted } : { name: "package" },
    is: ["update", verdict],
    click: { command: "runwright.openMachine", title: "Open Machine", arguments: [machine, name] },
    subject: update,
  };
}
