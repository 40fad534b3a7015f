import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { skip } from "../support/skip.ts";
import { intrude, type Report, type Targets } from "./boundary-harness.ts";

const NOBODY = 65_534;
const HARNESS = fileURLToPath(new URL("boundary-harness.ts", import.meta.url));

/** Each claim, and what native code must then have failed at. */
const PROOFS: Record<string, (report: Report) => void> = {
  "a user of its own for each runner": ({ findings }) => {
    assert.equal(findings.uid, 61_007);
    assert.notEqual(findings.secret, "done");
    assert.notEqual(findings.signal, "done");
  },
  "no network": ({ findings }) => assert.notEqual(findings.connect, "done"),
  "no other process in sight": ({ findings }) => assert.equal(findings.signal, "ESRCH"),
  "no other process in reach": ({ findings }) => assert.equal(findings.signal, "ESRCH"),
  "no files but its own code and system libraries": ({ findings }) => {
    for (const found of [findings.secret, findings.listing, findings.bystander]) assert.equal(found, "ENOENT");
    assert.notEqual(findings.write, "done");
  },
  // A runner that takes too much is ended: hostile-runner.test.ts.
  "memory watched from outside": () => {},
};

describe("the operating system's boundary around runners", () => {
  let folder: string;
  let server: Server;
  let targets: Targets;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "runwright-boundary-"));
    chmodSync(folder, 0o755);
    server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    targets = {
      enginePid: process.pid,
      secretFile: join(folder, "admin.json"),
      bystanderFile: join(folder, "bystander"),
      port: typeof address === "object" && address !== null ? address.port : 0,
    };
    writeFileSync(targets.secretFile, "the engine's token", { mode: 0o600 });
    writeFileSync(targets.bystanderFile, "anyone's business", { mode: 0o644 });
  });
  after(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  function prove(report: Report): void {
    for (const claim of report.holds) {
      const proof = PROOFS[claim];
      assert.ok(proof, `"${claim}" is claimed, and nothing proves it`);
      proof(report);
    }
    // What isn't claimed must be a warning that somebody sees.
    if (!report.holds.includes("no network")) assert.ok(report.warnings.length > 0, JSON.stringify(report));
    // Whoever may do nothing to begin with can't undo the rest.
    if (report.holds.length > 0) assert.equal(BigInt(`0x${report.findings.capabilities}`), 0n);
  }

  it("holds what it claims against native code, for the user that runs these tests", async () => {
    const report = await intrude(targets);
    console.log(`        holds: ${report.holds.join("; ") || "nothing"}${report.warnings.map((warning) => `\n        warns: ${warning}`).join("")}`);
    prove(report);
    if (process.getuid?.() === 0) assert.equal(report.holds[0], "a user of its own for each runner");
  });

  it("keeps two runners of root from each other", async function () {
    if (process.getuid?.() !== 0) skip(this, "only root gives each runner a user of its own");
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { uid: 61_008, gid: 61_008, stdio: "ignore", env: {}, cwd: "/" });
    try {
      await once(other, "spawn");
      const report = await intrude({ ...targets, enginePid: other.pid ?? 0 });
      assert.notEqual(report.findings.signal, "done");
    } finally {
      other.kill("SIGKILL");
    }
  });

  it("holds what it claims for an ordinary user", async function () {
    if (process.getuid?.() !== 0) skip(this, "only root can run this as another user; the first test did it as the present one");
    if (!readableBy(HARNESS)) skip(this, `${dirname(HARNESS)} can't be read by other users`);
    const own = join(folder, "own");
    writeFileSync(own, "the engine's token", { mode: 0o600 });
    chownSync(own, NOBODY, NOBODY);
    const { stdout, stderr, status } = spawnSync(process.execPath, [HARNESS, JSON.stringify({ ...targets, secretFile: own })], {
      uid: NOBODY,
      gid: NOBODY,
      encoding: "utf8",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      cwd: "/",
      timeout: 15_000,
    });
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout) as Report;
    console.log(`        holds: ${report.holds.join("; ") || "nothing"}`);
    prove(report);
  });
});

/** Whether everybody may read the file and enter the folders above it. */
function readableBy(file: string): boolean {
  accessSync(file, constants.R_OK);
  if ((statSync(file).mode & 0o004) === 0) return false;
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) if ((statSync(folder).mode & 0o001) === 0) return false;
  return true;
}
