import assert from "node:assert/strict";
import { FIELD_NAMES, type FieldName } from "../../engine/core/update-policy/effective.ts";
import type { UpdatePolicySpec } from "../../engine/core/update-policy.ts";
import { effective } from "./policies.ts";

const WEB = { scope: "/prod/web", tags: { role: "web" } };
const origins = (specs: Readonly<Record<string, UpdatePolicySpec>>, name: FieldName) => {
  const { origin, unheard } = effective(specs, WEB)[name];
  return [origin === null ? "default" : `${origin.policy}@${origin.scope}`, ...unheard.map((one) => `${one.policy}@${one.scope}`)];
};

describe("policies above each other", () => {
  it("leave each field to the default when none says anything", () => {
    const policy = effective({}, WEB);
    for (const name of FIELD_NAMES) assert.deepEqual([policy[name].origin, policy[name].unheard], [null, []], name);
    assert.deepEqual([policy.approval.value, policy.definitions.value, policy.exclude, policy.exemptions, policy.policies], ["auto", "separate", [], [], []]);
  });

  it("are heard field by field, the nearest scope first, and each field names where it comes from", () => {
    const specs: Record<string, UpdatePolicySpec> = {
      "root@/": { deferral: "14d", sla: "30d", approval: "manual", classifications: ["security"] },
      "prod@/prod": { deferral: "7d", classifications: ["critical", "security"] },
      "web@/prod/web": { classifications: ["other"] },
      "elsewhere@/test": { deferral: "1d", definitions: "include" },
    };
    assert.deepEqual(origins(specs, "classifications"), ["web@/prod/web", "prod@/prod", "root@/"]);
    assert.deepEqual(origins(specs, "deferral"), ["prod@/prod", "root@/"]);
    assert.deepEqual(origins(specs, "sla"), ["root@/"]);
    assert.deepEqual(origins(specs, "approval"), ["root@/"]);
    assert.deepEqual(origins(specs, "definitions"), ["default"]);
  });

  it("of one scope are heard by priority, then who has chosen its machines, then by name", () => {
    const table: [string, Record<string, UpdatePolicySpec>, string[]][] = [
      ["priority", { "a@/prod": { deferral: "1d" }, "z@/prod": { deferral: "2d", priority: 1 } }, ["z@/prod", "a@/prod"]],
      [
        "a priority over a selector",
        { "a@/prod": { deferral: "1d", selector: "tag:role=web" }, "z@/prod": { deferral: "2d", priority: 1 } },
        ["z@/prod", "a@/prod"],
      ],
      ["a negative priority", { "a@/prod": { deferral: "1d", priority: -1 }, "z@/prod": { deferral: "2d" } }, ["z@/prod", "a@/prod"]],
      ["a selector", { "a@/prod": { deferral: "1d" }, "z@/prod": { deferral: "2d", selector: "all" } }, ["z@/prod", "a@/prod"]],
      ["the name", { "b@/prod": { deferral: "1d" }, "a@/prod": { deferral: "2d" } }, ["a@/prod", "b@/prod"]],
      [
        "the nearest scope over any priority",
        { "a@/": { deferral: "1d", priority: 1_000 }, "z@/prod/web": { deferral: "2d", priority: -1_000 } },
        ["z@/prod/web", "a@/"],
      ],
      ["those that are for the machine only", { "a@/prod": { deferral: "1d", selector: "tag:role=db" }, "z@/prod": { deferral: "2d" } }, ["z@/prod"]],
    ];
    for (const [what, specs, expected] of table) {
      assert.deepEqual(origins(specs, "deferral"), expected, what);
      assert.deepEqual(origins(Object.fromEntries(Object.entries(specs).reverse()), "deferral"), expected, `${what}, in another order`);
    }
  });

  it("that contradict each other take their fields from one or the other, never a mixture of one field", () => {
    const specs: Record<string, UpdatePolicySpec> = {
      "a@/prod": { deferral: { security: "1d" }, exclude: ["nginx*"], approval: "manual" },
      "b@/prod": { deferral: { other: "9d" }, include: ["nginx"], approval: "auto", approved: ["*"] },
    };
    const policy = effective(specs, WEB);
    assert.deepEqual([...policy.deferral.value.byWord], [["security", 86_400_000]]);
    assert.deepEqual([policy.approval.value, policy.approval.origin?.policy, policy.approved.origin?.policy], ["manual", "a", "b"]);
    assert.equal(policy.include.origin?.policy, "b");
    assert.equal(policy.exclude.length, 1);
  });

  it("add up what they exclude and exempt, also what a nearer one tries to empty", () => {
    const exemption = (name: string, machines?: string) => ({
      updates: [name],
      owner: "ada",
      reason: "x",
      expiresAt: "2027-01-01",
      ...(machines ? { machines } : {}),
    });
    const policy = effective(
      {
        "root@/": { exclude: ["a"], exemptions: [exemption("x")] },
        "prod@/prod": { exclude: ["b"], exemptions: [exemption("y", "tag:role=db"), exemption("z", "tag:role=web")] },
        "web@/prod/web": { exclude: [], exemptions: [] },
      },
      WEB,
    );
    assert.deepEqual(
      policy.exclude.map(({ place }) => place.policy),
      ["prod", "root"],
    );
    assert.deepEqual(
      policy.exemptions.map(({ updates }) => ["x", "y", "z"].find((name) => updates.find(name))),
      ["z", "x"],
    );
  });

  it("reach machines of their scope and below, and not of one whose name only begins alike", () => {
    const reach = (scope: string) => effective({ "a@/prod": { deferral: "1d" } }, { scope }).deferral.origin !== null;
    assert.deepEqual(["/prod", "/prod/web/x", "/", "/production", "/test"].map(reach), [true, true, false, false, false]);
  });
});
