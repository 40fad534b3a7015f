import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { conductTrial, REPORTED, type TrialParts } from "../../../engine/agent/starter/trial.ts";
import { taken, tryOut, type Versions } from "../../../engine/agent/starter/versions.ts";

const NEW = "b".repeat(64);
const onTrial = (deadlineMs = 600_000): Versions => tryOut(taken(undefined, "a".repeat(64)), { hash: NEW, version: "2.0.0", commandId: "cmd_1", deadlineMs });

const REPORTS = `process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1e6); process.send(${JSON.stringify(REPORTED)})`;
const HANGS = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6);';

describe("the trial of a new agent", () => {
  let written: Versions[];
  let pids: (number | undefined)[];
  /** Runs this code in place of the agent, a process each. */
  const conduct = (code: string | string[], more: Partial<TrialParts> = {}, versions = onTrial()) => {
    written = [];
    pids = [];
    const codes = [code].flat();
    return conductTrial(versions, {
      start() {
        const child = spawn(process.execPath, ["-e", codes[Math.min(pids.length, codes.length - 1)] ?? ""], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
        pids.push(child.pid);
        return child;
      },
      write: async (one) => void written.push(one),
      signal: new AbortController().signal,
      monotonic: () => performance.now(),
      log: () => {},
      graceMs: 50,
      pauseMs: 1,
      ...more,
    });
  };
  const isGone = (pid: number | undefined) => {
    try {
      process.kill(pid ?? 0, 0);
      return false;
    } catch {
      return true;
    }
  };

  it("keeps the one that reports, and ends its process so that it can run in the starter's place", async () => {
    const after = await conduct(REPORTS);
    assert.equal(after.current, NEW);
    assert.equal(after.verdict?.kept, true);
    assert.deepEqual(
      written.map(({ trial }) => trial?.starts ?? null),
      [1, null],
      "the start is on disk before it happens, the verdict afterwards",
    );
    assert.ok(isGone(pids[0]));
  });

  it("keeps one that crashed first and then reports", async () => {
    const after = await conduct(["process.exit(1)", REPORTS]);
    assert.equal(after.verdict?.kept, true);
    assert.equal(pids.length, 2);
  });

  it("goes back from one that ends three times before it has reported", async () => {
    const after = await conduct("process.exit(7)");
    assert.equal(after.current, "a".repeat(64));
    assert.equal(after.verdict?.reason, "it ended with exit code 7 before it had reported, 3 times");
    assert.equal(pids.length, 3);
  });

  it("says which signal ended one", async () => {
    const after = await conduct('process.kill(process.pid, "SIGSEGV")');
    assert.match(after.verdict?.reason ?? "", /^it was ended by SIG(SEGV|ABRT|TRAP)/);
  });

  it("kills one that hangs when its time is over", async () => {
    const after = await conduct(HANGS, {}, onTrial(300));
    assert.equal(after.verdict?.reason, "it hasn't reported within 300ms");
    assert.ok(pids.every(isGone));
  });

  it("counts what can't be started as a start", async () => {
    const after = await conduct("", { start: () => spawn("/nowhere/node", [], { stdio: ["ignore", "ignore", "ignore", "ipc"] }) });
    assert.match(after.verdict?.reason ?? "", /can't be started: .*ENOENT/);
  });

  it("starts nothing that it couldn't count, as on a full disk", async () => {
    const after = await conduct(REPORTS, {
      async write() {
        throw new Error("ENOSPC: no space left on device");
      },
    });
    assert.match(after.verdict?.reason ?? "", /^its start can't be written down: ENOSPC/);
    assert.deepEqual(pids, []);
  });

  it("doesn't decide when the starter is asked to end, and ends the agent", async () => {
    const stop = new AbortController();
    const trying = conduct(HANGS, { signal: stop.signal });
    stop.abort();
    const after = await trying;
    assert.equal(after.trial?.hash, NEW);
    assert.equal(after.verdict, null);
    assert.ok(pids.every(isGone));
  });

  it("goes on counting where a power cut has left it", async () => {
    const versions = onTrial();
    const after = await conduct(REPORTS, {}, { ...versions, trial: versions.trial && { ...versions.trial, starts: 3 } });
    assert.equal(after.verdict?.reason, "it was started 3 times and never reported");
    assert.deepEqual(pids, []);
  });
});
