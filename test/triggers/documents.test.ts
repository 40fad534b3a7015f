import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { documentText, type Happening, machineDocument } from "../../engine/core/happening.ts";
import type { Facts } from "../../engine/core/machine.ts";
import { failureOf } from "../../engine/store/records/job-failure.ts";
import { criticalOf } from "../../engine/updates/critical.ts";
import { aJob, aMachine } from "../contract/rows.ts";

/** Names of members, also those of members and of the first element of lists; values don't matter. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (value === null || typeof value !== "object") return "…";
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, name === "tags" ? "…" : shape((value as Record<string, unknown>)[name])]));
}

describe("the documents of event rules", () => {
  const machine = aMachine({ id: "mch_1", name: "web3" });
  const update = {
    kind: "package",
    advisories: [],
    name: "openssl",
    architecture: "amd64",
    installedVersion: "1",
    candidateVersion: "2",
    origin: "",
    held: false,
    phased: false,
  } as const;
  const critical = { ...update, classification: "security", severity: "critical", rebootBehaviour: "unknown", cves: ["CVE-2026-0001"] } as const;
  let examples: Happening["document"][];
  before(async () => {
    const text = await readFile(new URL("../../docs/events.md", import.meta.url), "utf8");
    examples = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map((found) => JSON.parse(String(found[1])));
  });
  const documented = (kind: string) => shape(examples.find((one) => one.kind === kind));
  const stored = (document: Happening["document"]) => shape(JSON.parse(documentText(document)));

  it("look as they are documented", () => {
    const error = { name: "Error", message: "boom", code: "EXEC_FAILED" };
    const failure = failureOf({ ...aJob({ id: "job_1" }), failureCode: "error", error }, 0);
    assert.deepEqual(stored(failure.document), documented("job.failed"));
    const told = criticalOf(machine, { id: "asm_1", compliance: "noncompliant" }, [critical], { correlationId: "c", depth: 0, at: 0, because: "report" });
    assert.deepEqual(stored(told.document), documented("assessment.critical"));
    const stale = { kind: "machine.stale", at: "", lastSeenAt: "", machine: machineDocument({ ...machine, facts: { os: "linux" } as Facts }) };
    assert.deepEqual(stored(stale), documented("machine.stale"));
  });
});
