import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { Runbook, Version } from "../../../engine/protocol/http/runbooks.ts";
import { facts, type Row } from "../row.ts";

export function runbookRow(runbook: Runbook): Row {
  const { name, scope, latestVersion } = runbook;
  const isPublished = latestVersion > 0;
  return {
    id: name,
    label: name,
    description: `${isPublished ? `v${latestVersion}` : "draft only"}${scope === "/" ? "" : ` · ${scope}`}`,
    tooltip: facts([
      ["Runbook", name],
      ["Version", isPublished ? String(latestVersion) : "not published yet"],
      ["Scope", scope],
      ["Made by", `${runbook.createdBy}, ${runbook.createdAt}`],
    ]),
    icon: { name: isPublished ? "notebook" : "edit" },
    is: ["runbook", isPublished ? "published" : "draftOnly", ...(latestVersion > 1 ? ["comparable"] : [])],
    children: "closed",
    subject: runbook,
  };
}

export interface VersionSubject {
  runbook: string;
  version: number;
}

export function versionRow({ name, latestVersion }: Pick<Runbook, "name" | "latestVersion">, version: Version, now: number): Row {
  const isLatest = version.version === latestVersion;
  const subject: VersionSubject = { runbook: name, version: version.version };
  return {
    id: `${name}@${version.version}`,
    label: `Version ${version.version}`,
    description: [version.publishedBy, relativeTime(version.publishedAt, now), version.message.split("\n")[0]].filter(Boolean).join(" · "),
    tooltip: facts([
      ["Published", `${version.publishedAt} by ${version.publishedBy}`],
      ["What has changed", version.message],
      ["Summary", version.manifest.summary],
      ["Bundle", version.bundleHash],
    ]),
    icon: { name: isLatest ? "git-commit" : "history" },
    is: ["version", ...(isLatest ? ["latest"] : ["earlier"]), ...(version.version > 1 ? ["hasBefore"] : [])],
    click: { command: "runwright.openVersion", title: "Open Source", arguments: [subject] },
    subject,
  };
}
