import assert from "node:assert/strict";
import { policyProblems, policyWarnings } from "../../engine/core/update-policy/check.ts";
import type { UpdatePolicySpec } from "../../engine/core/update-policy.ts";
import { shapeProblems } from "../../engine/protocol/resources/problems.ts";
import { UpdatePolicySpec as Shape } from "../../engine/protocol/resources/update-policy.ts";
import { NOW } from "./policies.ts";

const exemption = { updates: ["nginx"], owner: "ada", reason: "the shop", expiresAt: "2026-12-31" };
const inner = (count: number) => Array.from({ length: count }, (_, i) => `*x${i}*`);

describe("a policy's document", () => {
  for (const [what, spec, path] of [
    ["a classification that nobody knows", { classifications: ["secure"] }, "/classifications/0"],
    ["no classification at all", { classifications: [] }, "/classifications"],
    ["a key that is misspelt", { exlude: ["a"] }, "/exlude"],
    ["an empty mask", { exclude: [""] }, "/exclude/0"],
    ["a mask with spaces around it", { exclude: [" nginx"] }, "/exclude/0"],
    ["a deferral that is no duration", { deferral: "soon" }, "/deferral"],
    ["a deferral of a class that nobody knows", { deferral: { secure: "1d" } }, "/deferral/secure"],
    ["an approval that is neither", { approval: "yes" }, "/approval"],
    ["an exemption without an owner", { exemptions: [{ ...exemption, owner: undefined }] }, "/exemptions/0"],
    ["an exemption without a reason", { exemptions: [{ ...exemption, reason: "" }] }, "/exemptions/0/reason"],
    ["an exemption without an end", { exemptions: [{ ...exemption, expiresAt: undefined }] }, "/exemptions/0"],
    ["an exemption of nothing", { exemptions: [{ ...exemption, updates: [] }] }, "/exemptions/0/updates"],
    ["a priority beyond all others", { priority: 1e9 }, "/priority"],
  ] as const) {
    it(`is refused for ${what}`, () => {
      const problems = shapeProblems(Shape, JSON.parse(JSON.stringify(spec)));
      assert.ok(
        problems.some((one) => one.path === path),
        JSON.stringify(problems),
      );
    });
  }

  for (const [what, spec, path, message] of [
    ["a selector that can't be read", { selector: "role=web" }, "/selector", /key "role" is unknown/],
    ["a selector by what changes each minute", { selector: "state=online" }, "/selector", /whether machines are online/],
    ["an exemption for machines that can't be read", { exemptions: [{ ...exemption, machines: "tag" }] }, "/exemptions/0/machines", /must look like/],
    ["an exemption whose end can't be read", { exemptions: [{ ...exemption, expiresAt: "next summer" }] }, "/exemptions/0/expiresAt", /isn't a moment/],
    ["a version that is a mask", { approved: ["nginx=1.*"] }, "/approved/0", /names one version/],
    ["a name with a version that is a mask", { approved: ["ngi*=1.0"] }, "/approved/0", /names one version/],
    ["more masks than can be tried one by one", { exclude: inner(101), exemptions: [{ ...exemption, updates: inner(100) }] }, "", /201 masks .* at most 200/],
    ["periods that say nothing", { sla: {} }, "/sla", /says nothing/],
    ["a period of a thousand years", { deferral: { default: "365000d" } }, "/deferral/default", /at most 3650d/],
  ] as const) {
    it(`is refused for ${what}, with the place`, () => {
      const [first] = policyProblems(spec);
      assert.equal(first?.path, path);
      assert.match(first?.message ?? "", message);
    });
  }

  it("takes what is right, ten thousand masks too", () => {
    const spec: UpdatePolicySpec = {
      selector: "os=linux tag:role=web fact:distribution=debian",
      include: ["nginx*", "*-firmware", ...inner(200)],
      exclude: Array.from({ length: 10_000 }, (_, i) => `lib${i}*`),
      deferral: { default: "7d", security: "0d", definition: "0d", critical: "0d" },
      approval: "manual",
      approved: ["bash", "nginx=1.22.1-9+deb12u1", "KB50*"],
      exemptions: [{ ...exemption, machines: "name=web1", expiresAt: "2026-12-31T18:00+01:00" }],
    };
    assert.deepEqual([shapeProblems(Shape, spec), policyProblems(spec)], [[], []]);
  });

  for (const [what, spec, warning] of [
    ["that excludes everything", { exclude: ["linux*", "*"] }, /excludes everything.*no machine becomes compliant.*exempt them/],
    ["that excludes what it includes", { include: ["Nginx"], exclude: ["nginx"] }, /"Nginx" is included and excluded/],
    [
      "that defers beyond its own limit",
      { deferral: "30d", sla: { security: "14d" } },
      /defers updates by 30d, and wants security updates installed within 14d: they are overdue/,
    ],
    ["that needs approval and names nothing", { approval: "manual" }, /names nothing that is/],
    ["with an exemption that is over", { exemptions: [{ ...exemption, expiresAt: "2026-01-01" }] }, /ada answers is over already/],
    ["with an exemption of everything everywhere", { exemptions: [{ ...exemption, updates: ["*"] }] }, /every update on every machine/],
  ] as const) {
    it(`${what} is taken with a warning`, () => {
      assert.deepEqual(policyProblems(spec), []);
      const warnings = policyWarnings(spec, NOW);
      assert.equal(warnings.length, 1, warnings.join("\n"));
      assert.match(warnings[0] ?? "", warning);
    });
  }

  it("of everyday needs no warning", () => {
    assert.deepEqual(
      policyWarnings({ deferral: { default: "7d", security: "0d" }, sla: { security: "14d" }, exclude: ["linux*"], exemptions: [exemption] }, NOW),
      [],
    );
    assert.deepEqual(policyWarnings({ deferral: "0d", sla: "0d" }, NOW), []);
  });
});
