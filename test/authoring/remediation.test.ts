import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { bundleRunbook } from "../../engine/authoring/bundle.ts";
import { openChecker } from "../../engine/checking.ts";
import type { Manifest } from "../../engine/core/manifest.ts";
import { validateParameters } from "../../engine/protocol/parameters.ts";
import { fakeFleet } from "../../engine/sdk/testing/fake-fleet.ts";
import { timeless } from "../../engine/sdk/testing/job-time.ts";
import { crashedAfter, createRig, type RunOptions, testPorts } from "../sandbox/rig.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "runbooks", "remediation");
const NAMES = readdirSync(FOLDER).flatMap((name) => (name.endsWith(".test.ts") ? [name.slice(0, -".test.ts".length)] : []));

interface Resource {
  kind: string;
  name: string;
  runs: { runbook: string; parameters?: Record<string, unknown>; map?: Record<string, string> }[];
}

describe("the runbooks of remediation", function () {
  this.timeout(60_000);
  const manifests = new Map<string, Manifest>();
  before(async () => {
    const checker = openChecker();
    try {
      for (const name of NAMES) {
        const { ok, diagnostics, manifest } = await checker.check({ entry: join(FOLDER, `${name}.ts`) });
        assert.ok(ok && manifest, JSON.stringify(diagnostics));
        assert.deepEqual(
          diagnostics.filter(({ code }) => code !== "BROAD_PERMISSION"),
          [],
        );
        manifests.set(name, manifest);
      }
    } finally {
      await checker.stop();
    }
  });

  it("are four, each with a resource of its name", () => {
    assert.deepEqual(NAMES.sort(), ["free-disk-space", "quarantine-machine", "restart-failed-service", "rotate-certificate"]);
    for (const name of NAMES) assert.equal(resourcesOf(name).length, 1, name);
  });

  it("are given parameters by their resources that they take", () => {
    for (const { name, runs } of NAMES.flatMap(resourcesOf)) {
      assert.match(name, /^[a-z0-9-]+$/);
      for (const { runbook, parameters = {}, map = {} } of runs) {
        const manifest = manifests.get(runbook);
        assert.ok(manifest, `${name} runs ${runbook}`);
        for (const pointer of Object.values(map)) assert.match(pointer, /^(\/[^/]+)+$/);
        const mapped = Object.fromEntries(Object.keys(map).map((parameter) => [parameter, "web-1"]));
        validateParameters(runbook, manifest.parameters, { ...parameters, ...mapped });
      }
    }
  });

  it("come to the same end from each point at which a crash may have left them, and do nothing twice", async () => {
    const failing = ["LoadState=loaded", "ActiveState=failed", "SubState=failed", "Result=exit-code", "NRestarts=0", "Type=simple"].join("\n");
    const ran: string[] = [];
    const machines = ["web-1", "web-2", "web-3"].map((name) => ({
      name,
      state: name === "web-3" ? ("offline" as const) : ("online" as const),
      exec(argv: readonly string[]) {
        ran.push(`${name} ${argv.join(" ")}`);
        return argv[1] === "show" ? { stdout: failing } : { exitCode: argv[1] === "start" ? 1 : 0, stderr: "it fails" };
      },
    }));
    // Each run has a fleet of its own: one remembers what it has done for a call.
    const fresh = () =>
      fakeFleet(
        machines,
        timeless(() => 0),
      );
    let fleet = fresh();
    const names = ["select", "updates", "packages", "exec"] as const;
    const forwarded = Object.fromEntries(names.map((name) => [name, (...args: never[]) => (fleet[name] as (...args: never[]) => unknown)(...args)]));
    const rig = createRig({ ports: { ...testPorts(), fleet: Object.assign(testPorts().fleet, forwarded) } });
    try {
      const manifest = manifests.get("restart-failed-service");
      const bundled = await bundleRunbook({ entry: join(FOLDER, "restart-failed-service.ts") });
      assert.ok(manifest && bundled.ok);
      const { bundle, bundleHash, sourceMap } = bundled.bundle;
      const params = validateParameters("restart-failed-service", manifest.parameters, { unit: "nginx", settle: "1ms", tries: 2 });
      const options: RunOptions = { attempt: { bundle, bundleHash, sourceMap, manifest, params } };
      const whole = await rig.finish("", options);
      assert.equal(whole.ending.kind, "failed");
      const settlements = whole.kept.recorded.filter(({ settlement }) => settlement !== undefined).length;
      assert.ok(settlements > 15, `${settlements}`);
      for (let crash = 0; crash <= settlements; crash++) {
        const kept = crashedAfter(whole.kept, crash);
        const known = kept.recorded.filter(({ op, settlement }) => op === "machines.exec" && settlement !== undefined).length;
        ran.length = 0;
        fleet = fresh();
        const again = await rig.finish("", { ...options, kept });
        assert.deepEqual(again.outputs, whole.outputs, `after ${crash}`);
        assert.equal(again.kept.recorded.length, whole.kept.recorded.length, `after ${crash}`);
        const made = again.kept.recorded.filter(({ op, settlement }) => op === "machines.exec" && settlement?.outcome.ok).length;
        assert.ok(ran.length <= made - known + 1, `after ${crash}: ${ran.length} programs ran, ${made - known} were missing`);
      }
    } finally {
      await rig.stop();
    }
  });
});

const resourcesOf = (name: string): Resource[] =>
  parseAllDocuments(readFileSync(join(FOLDER, `${name}.yaml`), "utf8")).map((document) => {
    assert.deepEqual(document.errors, [], name);
    return document.toJS() as Resource;
  });
