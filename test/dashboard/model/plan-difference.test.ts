import assert from "node:assert/strict";
import { type PlanMachine, planDifference } from "../../../engine/dashboard/model/plan-difference.ts";

type Update = PlanMachine["updates"][number];
const update = (name: string, version = "1.1"): Update => ({
  ...{ name, architecture: "amd64", fromVersion: "1.0", version, classification: "security", severity: "unspecified", reboot: "never" },
  expected: { p50: 1, p95: 2, basis: "default", samples: 0 },
});
const machine = (name: string, updates: readonly Update[], more: Partial<PlanMachine> = {}): PlanMachine => ({
  name,
  wave: 0,
  message: "",
  reboot: "no",
  updates: [...updates],
  left: [],
  ...more,
});

const told = (before: readonly PlanMachine[], after: readonly PlanMachine[]) =>
  planDifference(before, after).map(({ machine: name, kind, lines }) => [name, kind, ...lines.map(({ sign, text }) => `${sign} ${text}`)]);

describe("the difference between two plans", () => {
  it("is none when both do the same, however long it is expected to take", () => {
    const slower = { ...update("bash"), expected: { p50: 9, p95: 99, basis: "update", samples: 3 } } as const;
    assert.deepEqual(told([machine("web1", [update("bash")])], [machine("web1", [slower])]), []);
  });

  it("tells updates that came, went, or have another version", () => {
    const before = machine("web1", [update("bash"), update("curl"), update("vim")]);
    const after = machine("web1", [update("bash"), update("curl", "1.2"), update("nginx")]);
    assert.deepEqual(told([before], [after]), [["web1", "changed", "− vim 1.0 → 1.1", "~ curl: 1.1 → 1.2 would be installed", "+ nginx 1.0 → 1.1"]]);
  });

  it("tells why an update doesn't fit any more", () => {
    const after = machine("web1", [], { left: [{ name: "bash", version: "1.1", reason: "it would end after the window" }] });
    assert.deepEqual(told([machine("web1", [update("bash")])], [after]), [["web1", "changed", "− bash 1.0 → 1.1 (it would end after the window)"]]);
  });

  it("tells other waves, reboots, and machines that are left alone now", () => {
    assert.deepEqual(
      told(
        [machine("a", []), machine("b", []), machine("c", [])],
        [machine("a", [], { wave: 2 }), machine("b", [], { reboot: "expected" }), machine("c", [], { wave: null, message: "it is offline" })],
      ),
      [
        ["a", "changed", "~ wave 1 → wave 3"],
        ["b", "changed", "~ reboot no → expected"],
        ["c", "changed", "~ wave 1 → left alone: it is offline"],
      ],
    );
  });

  it("tells machines that one plan alone has, unless it leaves them alone", () => {
    const before = [machine("gone", [update("bash")]), machine("idle", [], { wave: null })];
    assert.deepEqual(told(before, [machine("new", [update("vim")])]), [
      ["gone", "removed", "− bash 1.0 → 1.1"],
      ["new", "added", "+ vim 1.0 → 1.1"],
    ]);
  });
});
