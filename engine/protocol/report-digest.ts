import { createHash } from "node:crypto";
import type { Findings } from "../core/report.ts";
import { packageLine, updateLine } from "../core/report-difference.ts";

/**
 * Names what a machine has and lacks: equal for equal findings, in whatever order they come. Agent and engine compute it of what each has, so that a difference which
 * doesn't lead to what the agent means is found out. SHA-256, base64url.
 */
export function digestOf({ installed, updates }: Findings): string {
  const lines = [...installed.map(packageLine), ...updates.map(updateLine)].sort();
  lines.push(""); // each line has an end
  return createHash("sha256").update(lines.join("\n")).digest("base64url");
}
