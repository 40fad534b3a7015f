import assert from "node:assert/strict";
import { readDefinition } from "../../engine/core/definition.ts";
import { grantIsUnprotected, grantOpens, grantProblem } from "../../engine/core/http-grant.ts";
import { DEFAULT_LIMITS, MAX_LIMITS } from "../../engine/core/manifest.ts";

const problems = (definition: unknown): string[] => {
  const reading = readDefinition(definition);
  return reading.ok ? [] : reading.problems.map(({ path, message }) => `${path}: ${message}`);
};

describe("reading a definition", () => {
  it("fills in what is left out", () => {
    const reading = readDefinition({ summary: "x" });
    assert.ok(reading.ok);
    assert.deepEqual(reading.manifest, {
      summary: "x",
      parameters: { type: "object", properties: {} },
      permissions: {},
      limits: DEFAULT_LIMITS,
      sharedIsolate: false,
    });
  });

  it("writes the same manifest for the same permissions in another order", () => {
    const read = (permissions: unknown) => readDefinition({ summary: "x", permissions });
    assert.deepEqual(
      read({ secrets: ["b", "a", "b"], machines: { select: "all", actions: ["exec", "read"] } }),
      read({ machines: { select: "all", actions: ["read", "exec", "exec"] }, secrets: ["a", "b"] }),
    );
  });

  for (const nothing of [null, undefined, 1, "x", []]) {
    it(`refuses ${JSON.stringify(nothing) ?? "undefined"}`, () => assert.match(problems(nothing).join(), /isn't a runbook/));
  }

  const REFUSED: [string, object, RegExp][] = [
    ["a missing summary", { summary: undefined }, /^summary: must be a sentence/],
    ["an endless summary", { summary: "x".repeat(301) }, /^summary: is longer than 300/],
    ["an unknown part", { sumary: "x" }, /^sumary: isn't known here; known are summary, parameters/],
    ["an unknown permission", { permissions: { secret: [] } }, /^permissions\.secret: isn't known here/],
    ["permissions that are a list", { permissions: ["http"] }, /^permissions: must be an object/],
    ["a list that is a text", { permissions: { http: "https://a.net" } }, /^permissions\.http: must be a list/],
    ["a name that is a number", { permissions: { secrets: [1] } }, /^permissions\.secrets\[0\]: must be a text/],
    ["a wildcard instead of a name", { permissions: { secrets: ["*"], jobs: ["*"] } }, /^permissions\.secrets\[0\]: .*\npermissions\.jobs\[0\]/],
    ["a bad selector", { permissions: { machines: { select: "web", actions: [] } } }, /^permissions\.machines\.select: selector term/],
    ["a missing selector", { permissions: { machines: { actions: [] } } }, /^permissions\.machines\.select: must be a selector/],
    ["an unknown action", { permissions: { machines: { select: "all", actions: ["fly"] } } }, /^permissions\.machines\.actions\[0\]: "fly" isn't an action/],
    ["too much memory", { limits: { memoryMb: MAX_LIMITS.memoryMb + 1 } }, /^limits\.memoryMb: must be from 16 to 1024$/],
    ["no time", { limits: { timeout: 0, cpu: "0s" } }, /^limits\.timeout: must be from 100 .* ms\nlimits\.cpu: /],
    ["a duration of the wrong kind", { limits: { timeout: true } }, /^limits\.timeout: must be a duration/],
    ["a limit that is a text", { limits: { hostCalls: "10" } }, /^limits\.hostCalls: must be a whole number/],
    ["concurrency without a limit", { concurrency: { hasKey: true } }, /^concurrency\.limit: must be a whole number from 1/],
    ["an unknown overflow", { concurrency: { limit: 1, overflow: "wait" } }, /^concurrency\.overflow: must be one of queue/],
    ["parameters that are no object", { parameters: { type: "string" } }, /^parameters: must be an object schema/],
    ["a schema with an unknown type", { parameters: schema({ type: "text" }) }, /^parameters\.properties\.a\.type: must be one of object/],
    [
      "a schema with a bad pattern",
      { parameters: schema({ type: "string", pattern: "(" }) },
      /^parameters\.properties\.a\.pattern: isn't a regular expression/,
    ],
    ["a schema that needs another", { parameters: schema({ $ref: "https://a.net/schema" }) }, /^parameters\.properties\.a\.\$ref: must be a reference within/],
    ["an empty choice", { parameters: schema({ enum: [] }) }, /^parameters\.properties\.a\.enum: must be a list with at least one/],
    ["a negative length", { parameters: schema({ minLength: -1 }) }, /^parameters\.properties\.a\.minLength: must be a whole number/],
    ["a schema in a list that is none", { parameters: schema({ anyOf: [{}, 1] }) }, /^parameters\.properties\.a\.anyOf\[1\]: must be a JSON Schema/],
    ["a schema without end", { parameters: deep(40) }, /is nested deeper than 32 levels/],
    ["a schema that is too long", { parameters: schema({ description: "x".repeat(300_000) }) }, /^parameters: is longer than/],
    ["sharedIsolate that is a text", { sharedIsolate: "yes" }, /^sharedIsolate: must be true or false/],
  ];
  for (const [title, parts, expected] of REFUSED) {
    it(`refuses ${title}`, () => assert.match(problems({ summary: "x", ...parts }).join("\n"), expected));
  }

  it("accepts every limit at its maximum", () => {
    const { timeoutMs, cpuMs, ...counts } = MAX_LIMITS;
    const reading = readDefinition({ summary: "x", limits: { timeout: timeoutMs, cpu: cpuMs, ...counts } });
    assert.ok(reading.ok);
    assert.deepEqual(reading.manifest.limits, MAX_LIMITS);
  });
});

describe("a grant of http", () => {
  const OPENS: [string, string, boolean][] = [
    ["https://a.net", "https://a.net/x?y#z", true],
    ["https://a.net", "https://A.NET:443/", true],
    ["https://a.net", "http://a.net/", false],
    ["https://a.net", "https://a.net:8443/", false],
    ["https://a.net:8443", "https://a.net:8443/", true],
    ["https://a.net", "https://a.net.evil.org/", false],
    ["https://a.net", "https://a.net@evil.org/", false],
    ["https://a.net", "https://sub.a.net/", false],
    ["https://*.a.net", "https://sub.a.net/", true],
    ["https://*.a.net", "https://x.sub.a.net/", true],
    ["https://*.a.net", "https://a.net/", false],
    ["https://*.a.net", "https://evila.net/", false],
    ["https://a.net/v1", "https://a.net/v1", true],
    ["https://a.net/v1", "https://a.net/v1/x", true],
    ["https://a.net/v1", "https://a.net/v10", false],
    ["https://a.net/v1/", "https://a.net/v1/x", true],
    ["https://a.net/v1/", "https://a.net/v1/../v2/", false],
    ["https://a.net/v1/", "https://a.net/v1/%2e%2e/v2/", false],
    ["https://a.net/v1/", "https://a.net/v1/..%2fv2", false],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080/x", true],
  ];
  for (const [grant, url, opens] of OPENS) {
    it(`${grant} ${opens ? "opens" : "doesn't open"} ${url}`, () => assert.equal(grantOpens(grant, new URL(url)), opens));
  }

  it("is refused when it opens everything or isn't an address", () => {
    for (const grant of [
      "https://*",
      "https://*/",
      "https://*.net",
      "https://*:443",
      "https://a*.net",
      "https://a.*",
      "*",
      "a.net",
      "ftp://a.net",
      "https://",
      "https://u:p@a.net",
      "https://a.net/?q",
      "https://a.net/../b",
      "https://*.1.2.3.4",
    ]) {
      assert.equal(typeof grantProblem(grant), "string", grant);
    }
    for (const grant of ["https://a.net", "https://*.a.net/v1/", "https://a.net:8443/x", "http://localhost:1", "https://[::1]/"])
      assert.equal(grantProblem(grant), undefined, grant);
  });

  it("is unprotected when it leaves this machine in plain text", () => {
    for (const grant of ["http://a.net", "http://10.0.0.1:80", "http://localhost.evil.org", "http://127.0.0.1.evil.org/"])
      assert.equal(grantIsUnprotected(grant), true, grant);
    for (const grant of ["https://a.net", "http://localhost:3000/x", "http://127.0.0.1", "http://[::1]:8080"])
      assert.equal(grantIsUnprotected(grant), false, grant);
  });
});

function schema(property: object): object {
  return { type: "object", properties: { a: property } };
}

function deep(levels: number): object {
  let inner: object = { type: "string" };
  for (let i = 0; i < levels; i++) inner = { type: "object", properties: { a: inner } };
  return inner;
}
