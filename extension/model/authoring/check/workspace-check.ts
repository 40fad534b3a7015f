import type { RunWords } from "../../workspace/publishing.ts";
import { type Findings, readDiagnostics } from "./findings.ts";

/** Runs `runwright runbook check FILE --json` as it is installed in the workspace. */
export async function checkInWorkspace(file: string, run: RunWords): Promise<Findings> {
  const { code, stdout, stderr } = await run(["runbook", "check", file, "--json"]);
  const diagnostics = readDiagnostics(parsed(stdout));
  if (diagnostics && (code === 0 || code === 1)) return { diagnostics };
  const said = (stderr.trim() || stdout.trim()).split("\n").slice(0, 5).join("\n");
  return { problem: `the workspace's runwright couldn't check it: ${said || `it ended with ${code}`}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it failed before it could say anything: its errors are shown
  }
}
