import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { skip } from "../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { compileIntruder, type Findings, intrude, KERNELS, type Kernel, type Report, type Targets } from "./native-runner.ts";

const NOBODY = 65_534;
const { ENOENT, ESRCH } = constants.errno;
const PROGRAM = fileURLToPath(new URL("native-runner.ts", import.meta.url));

const denied = (findings: Findings, ...names: (keyof Findings)[]) => {
  for (const name of names) assert.notEqual(findings[name], 0, `"${name}" has succeeded`);
};

/** Each claim about native code, and what it must then have failed at. */
const PROOFS: Record<string, (findings: Findings) => void> = {
  "a user of its own for each runner"(findings) {
    assert.equal(findings.uid, 61_000);
    denied(findings, "signal", "trace", "memory", "secret", "root", "mount", "raw");
  },
  "no network": (findings) => denied(findings, "connect", "named"),
  "no other process in sight"(findings) {
    assert.equal(findings.signal, ESRCH);
    assert.equal(findings.trace, ESRCH);
    assert.equal(findings.others, 0);
  },
  "no other process in reach"(findings) {
    assert.equal(findings.signal, ESRCH);
    assert.equal(findings.trace, ESRCH);
    denied(findings, "memory");
  },
  "no files but its own code and system libraries"(findings) {
    assert.equal(findings.secret, ENOENT);
    assert.equal(findings.bystander, ENOENT);
    denied(findings, "write", "memory", "mount");
  },
};
/** Proven by `hostile-runner.test.ts`: a runner that takes too much is ended. */
const ELSEWHERE = ["memory watched from outside"];

describe("native code in a runner", function () {
  this.timeout(60_000);
  let folder: TemporaryDirectory;
  let servers: Server[];
  let intruder: string;
  let targets: Targets;

  before(async function () {
    if (process.platform !== "linux") skip(this, "the walls are those of Linux");
    folder = await temporaryDirectory("runwright-native-");
    servers = [createServer((socket) => socket.destroy()), createServer((socket) => socket.destroy())];
    const compiled = compileIntruder(folder.path);
    if (compiled === undefined) skip(this, "there is no C compiler (cc)");
    intruder = compiled;
    chmodSync(folder.path, 0o755);
    const name = `runwright-${process.pid}`;
    const [byPort, byName] = servers;
    await new Promise<void>((resolve) => byPort?.listen(0, "127.0.0.1", resolve));
    await new Promise<void>((resolve) => byName?.listen(`\0${name}`, resolve));
    const address = byPort?.address();
    targets = {
      ENGINE: String(process.pid),
      SECRET: join(folder.path, "admin.json"),
      BYSTANDER: join(folder.path, "bystander"),
      PLACE: join(folder.path, "written"),
      TARGET_PORT: String(typeof address === "object" ? address?.port : 0),
      NAMED: name,
    };
    writeFileSync(targets.SECRET, "the engine's token", { mode: 0o600 });
    writeFileSync(targets.BYSTANDER, "anyone's business", { mode: 0o644 });
  });
  after(async () => {
    for (const server of servers ?? []) await new Promise((resolve) => server.close(resolve));
    await folder?.remove();
  });

  function prove({ holds, warnings, said, findings }: Report): void {
    console.log(`        holds: ${holds.join("; ") || "nothing"}${warnings.map((warning) => `\n        warns: ${warning}`).join("")}`);
    console.log(`        found: ${JSON.stringify(findings)}`);
    for (const claim of holds) {
      if (ELSEWHERE.includes(claim)) continue;
      const proof = PROOFS[claim];
      assert.ok(proof, `"${claim}" is claimed, and nothing proves it`);
      proof(findings);
    }
    if (!holds.includes("no network")) assert.ok(warnings.length > 0, "what doesn't hold is a warning");
    for (const warning of warnings) assert.ok(said.includes(warning), "it is said at start");
    // Whatever holds: no file of the engine's is open in it.
    assert.equal(findings.files, 0);
  }

  for (const kernel of Object.keys(KERNELS) as Kernel[]) {
    it(`gets no further than what is claimed on ${kernel}, for the user that runs these tests`, async () => {
      prove(await intrude(intruder, targets, kernel));
    });
  }

  // Mounts and namespaces come together for an ordinary user.
  for (const kernel of ["this computer", "a computer that allows no new /proc", "a computer that allows no namespaces"] as const) {
    it(`gets no further than what is claimed on ${kernel}, for an ordinary user`, function () {
      if (process.getuid?.() !== 0) skip(this, "only root can run this as another user; the others did it as the present one");
      const own = join(folder.path, "own");
      writeFileSync(own, "the engine's token", { mode: 0o600 });
      chownSync(own, NOBODY, NOBODY);
      const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, intruder, JSON.stringify({ ...targets, SECRET: own }), kernel], {
        uid: NOBODY,
        gid: NOBODY,
        encoding: "utf8",
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
        cwd: "/",
        timeout: 50_000,
      });
      assert.equal(status, 0, stderr);
      prove(JSON.parse(stdout) as Report);
    });
  }

  it("would get everywhere without a wall", () => {
    const code = `Object.assign(process.env, JSON.parse(process.argv[2])); try { process.dlopen({ exports: {} }, process.argv[1]); } catch {} console.log(process.env.FINDINGS);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--permission", "--allow-addons", "-e", code, intruder, JSON.stringify(targets)], {
      encoding: "utf8",
    });
    const findings = JSON.parse(stdout || stderr) as Findings;
    for (const name of ["signal", "secret", "bystander", "write", "connect", "named"] as const) assert.equal(findings[name], 0, `"${name}" has failed`);
  });
});
