import assert from "node:assert/strict";
import { diffVersions } from "../../engine/authoring/diff.ts";
import { diffPermissions } from "../../engine/authoring/permission-diff.ts";
import { readDefinition } from "../../engine/core/definition.ts";
import type { Manifest, Permissions } from "../../engine/core/manifest.ts";

function manifest(permissions: unknown, more: object = {}): Manifest {
  const reading = readDefinition({ summary: "x", permissions, ...more });
  if (!reading.ok) assert.fail(JSON.stringify(reading.problems));
  return reading.manifest;
}

/** before, after, what is said; `!` where it widens. */
const PERMISSIONS: [string, Permissions, Permissions, string[]][] = [
  ["nothing changes", { secrets: ["a"] }, { secrets: ["a"] }, []],
  ["a secret is added", { secrets: ["a"] }, { secrets: ["a", "b"] }, ["! added secrets: may read the secret b"]],
  ["a secret is removed", { secrets: ["a", "b"] }, { secrets: ["b"] }, ["removed secrets: may no longer read the secret a"]],
  [
    "credentials, certificates and connections come and go",
    { credentials: ["c"], connections: ["old"] },
    { certificates: ["w"], connections: ["new"] },
    [
      "removed credentials: may no longer read the credential c",
      "! added certificates: may read the certificate w",
      "! added connections: may read the connection new",
      "removed connections: may no longer read the connection old",
    ],
  ],
  [
    "variables and jobs are added",
    {},
    { variables: ["v"], jobs: ["j"] },
    ["! added variables: may read the variable v", "! added jobs: may start jobs of the runbook j"],
  ],
  ["a host is added", { http: ["https://a.net"] }, { http: ["https://a.net", "https://b.net"] }, ["! added http: may send requests to https://b.net"]],
  [
    "an origin gets a path",
    { http: ["https://a.net"] },
    { http: ["https://a.net/v1/"] },
    ["added http: may send requests to https://a.net/v1/", "removed http: may no longer send requests to https://a.net"],
  ],
  [
    "a path is opened to its origin",
    { http: ["https://a.net/v1/"] },
    { http: ["https://a.net"] },
    ["! added http: may send requests to https://a.net", "removed http: may no longer send requests to https://a.net/v1/, except as another grant allows"],
  ],
  [
    "a host becomes a wildcard",
    { http: ["https://x.a.net"] },
    { http: ["https://*.a.net"] },
    ["! added http: may send requests to https://*.a.net", "removed http: may no longer send requests to https://x.a.net, except as another grant allows"],
  ],
  [
    "a wildcard becomes narrower",
    { http: ["https://*.a.net"] },
    { http: ["https://*.b.a.net"] },
    ["added http: may send requests to https://*.b.a.net", "removed http: may no longer send requests to https://*.a.net"],
  ],
  [
    "a wildcard isn't opened by a name that looks like it",
    { http: ["https://x.a.net"] },
    { http: ["https://x.a.net", "https://*.x.a.net"] },
    ["! added http: may send requests to https://*.x.a.net"],
  ],
  ["machines are added", {}, { machines: { select: "os=linux", actions: ["exec"] } }, ["! added machines: may exec machines: os=linux"]],
  ["machines are removed", { machines: { select: "all", actions: [] } }, {}, ["removed machines: may no longer read machines: all"]],
  [
    "an action is added",
    { machines: { select: "all", actions: ["read"] } },
    { machines: { select: "all", actions: ["read", "reboot"] } },
    ["! added machines: may do on machines: reboot"],
  ],
  [
    "a runbook may tag",
    { machines: { select: "os=linux", actions: ["exec"] } },
    { machines: { select: "os=linux", actions: ["exec", "tag"] } },
    ["! added machines: may do on machines: tag"],
  ],
  [
    "a selector gets one more term",
    { machines: { select: "os=linux", actions: [] } },
    { machines: { select: "tag:role=web os=linux", actions: [] } },
    ["changed machines: machines: os=linux → tag:role=web os=linux"],
  ],
  [
    "a selector loses a term",
    { machines: { select: "os=linux tag:role=web", actions: [] } },
    { machines: { select: "os=linux", actions: [] } },
    ["! changed machines: machines: os=linux tag:role=web → os=linux"],
  ],
  [
    "a selector becomes another",
    { machines: { select: "name=a", actions: [] } },
    { machines: { select: "name=b", actions: [] } },
    ["! changed machines: machines: name=a → name=b"],
  ],
];

describe("the difference between two versions", () => {
  for (const [title, before, after, expected] of PERMISSIONS) {
    it(`says in words that ${title}`, () => {
      const changes = diffPermissions(manifest(before), manifest(after));
      assert.deepEqual(
        changes.map(({ permission, kind, text, widened }) => `${widened ? "! " : ""}${kind} ${permission}: ${text}`),
        expected,
      );
    });
  }

  it("counts higher limits and a shared isolate as widened", () => {
    const before = manifest({}, { limits: { timeout: "15m", memoryMb: 64 } });
    const after = manifest({}, { limits: { timeout: "1h", memoryMb: 32 }, sharedIsolate: true });
    assert.deepEqual(
      diffPermissions(before, after).map(({ text, widened }) => [text, widened]),
      [
        ["timeout: 15m → 1h", true],
        ["memoryMb: 64 → 32", false],
        ["its jobs now share an isolate", true],
      ],
    );
  });

  it("shows files as a unified diff and leaves equal ones out", () => {
    const before = {
      label: "x@1",
      manifest: manifest({}),
      sources: [
        { path: "x.ts", text: "a\nb\nc\n" },
        { path: "same.ts", text: "s\n" },
        { path: "old.ts", text: "o\n" },
      ],
    };
    const after = {
      label: "x@2",
      manifest: manifest({ secrets: ["s"] }),
      sources: [
        { path: "x.ts", text: "a\nB\nc\n" },
        { path: "same.ts", text: "s\n" },
        { path: "new.ts", text: "n\n" },
      ],
    };
    const { files, widened } = diffVersions(before, after);
    assert.equal(widened, true);
    assert.deepEqual(
      files.map(({ path, change }) => [path, change]),
      [
        ["new.ts", "added"],
        ["old.ts", "removed"],
        ["x.ts", "changed"],
      ],
    );
    assert.deepEqual(
      files.map(({ patch }) => patch),
      [
        "--- /dev/null\n+++ x@2/new.ts\n@@ -0,0 +1,1 @@\n+n\n",
        "--- x@1/old.ts\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-o\n",
        "--- x@1/x.ts\n+++ x@2/x.ts\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n",
      ],
    );
    assert.deepEqual(diffVersions(before, before), { files: [], permissions: [], widened: false });
  });

  it("gives up on files that have nothing in common, instead of keeping everyone waiting", () => {
    const text = (salt: number) => Array.from({ length: 60_000 }, (_, i) => `${(i * 7_919) % 60_013} ${salt}`).join("\n");
    const version = (label: string, salt: number) => ({
      label,
      manifest: manifest({}),
      sources: Array.from({ length: 4 }, (_, i) => ({ path: `${i}.ts`, text: text(salt) })),
    });
    const began = performance.now();
    const { files } = diffVersions(version("x@1", 1), version("x@2", 2));
    assert.ok(performance.now() - began < 5_000);
    assert.equal(files[0]?.patch, "--- x@1/0.ts\n+++ x@2/0.ts\n@@ too different to be compared line by line @@\n");
    assert.equal(files.length, 4);
  });
});
