import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DIAGNOSTIC_CODES } from "../../engine/core/diagnostic.ts";
import { formatDuration } from "../../engine/core/duration.ts";
import { DEFAULT_LIMITS, MAX_LIMITS } from "../../engine/core/manifest.ts";

describe("the documentation of runbooks", () => {
  let text: string;
  before(async () => {
    text = await readFile(join(import.meta.dirname, "..", "..", "docs", "runbooks.md"), "utf8");
  });

  it("has a row for each code that a check can find, and no other", () => {
    const rows = [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    assert.deepEqual(rows, [...DIAGNOSTIC_CODES]);
  });

  it("tells the limits as they are", () => {
    const row = (name: string) => new RegExp(`^\\| \`${name}\`[^|]*\\| ([^|]+) \\| ([^|]+) \\|`, "m").exec(text)?.slice(1);
    const mb = (bytes: number) => `${bytes / 1024 / 1024} MB`;
    const minutes = (ms: number) => `${ms / 60_000}m`;
    const count = (n: number) => n.toLocaleString("en-US");
    assert.deepEqual(row("timeout"), [formatDuration(DEFAULT_LIMITS.timeoutMs), formatDuration(MAX_LIMITS.timeoutMs)]);
    assert.deepEqual(row("cpu"), [minutes(DEFAULT_LIMITS.cpuMs), minutes(MAX_LIMITS.cpuMs)]);
    assert.deepEqual(row("memoryMb"), [String(DEFAULT_LIMITS.memoryMb), String(MAX_LIMITS.memoryMb)]);
    assert.deepEqual(row("outputBytes"), [mb(DEFAULT_LIMITS.outputBytes), mb(MAX_LIMITS.outputBytes)]);
    assert.deepEqual(row("logRate"), [count(DEFAULT_LIMITS.logRate), count(MAX_LIMITS.logRate)]);
    assert.deepEqual(row("hostCalls"), [count(DEFAULT_LIMITS.hostCalls), count(MAX_LIMITS.hostCalls)]);
  });
});
