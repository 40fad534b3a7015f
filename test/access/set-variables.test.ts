import assert from "node:assert/strict";
import { openAccess, root } from "./access.ts";

describe("a variable that a job sets", () => {
  let access: Awaited<ReturnType<typeof openAccess>>;
  beforeEach(async () => {
    access = await openAccess();
  });
  afterEach(() => access[Symbol.asyncDispose]());
  const reader = (scope = "/prod") => ({ jobId: "job_1", scope, actor: root.actor, correlationId: "c" });
  const call = (n: number, retry = 0) => ({ jobId: "job_1", call: n, retry });

  it("lies in the scope of its runbook, and is read there and below, not above", async () => {
    await access.assets.writeVariable(call(1), "cursor", { at: 5 }, reader());
    assert.deepEqual((await access.assets.read("variable", "cursor", null, reader("/prod/web"))).value, { at: 5 });
    await assert.rejects(access.assets.read("variable", "cursor", null, reader("/")), { code: "ASSET_NOT_FOUND" });
  });

  it("is set once for each call, however often the call is made again, and anew by another try", async () => {
    const version = async () => (await access.store.read.assets.byName("/prod", "cursor"))?.version;
    await access.assets.writeVariable(call(1), "cursor", "a", reader());
    await access.assets.writeVariable(call(2), "cursor", "b", reader());
    // The outcome of call 1 was lost with its engine: done again it would set the older value.
    await access.assets.writeVariable(call(1), "cursor", "a", reader());
    assert.deepEqual([await version(), (await access.assets.read("variable", "cursor", null, reader())).value], [2, "b"]);
    await access.assets.writeVariable(call(1, 1), "cursor", "c", reader());
    assert.equal(await version(), 3);
  });

  it("is never one of a secret's name, nor too large, and is recorded with its call", async () => {
    await access.assets.set({ scope: "/prod", name: "token", kind: "secret", value: "x" }, root);
    await assert.rejects(access.assets.writeVariable(call(1), "token", "y", reader()), /"token" is a secret in \/prod/);
    await assert.rejects(access.assets.writeVariable(call(1), "large", "x".repeat(1_100_000), reader()), /larger than/);
    await access.assets.writeVariable(call(7), "cursor", 1, reader());
    const [entry] = await access.store.read.activity.list({ scopes: ["/"], limit: 1 });
    assert.deepEqual([entry?.operation, entry?.target, entry?.details], ["asset.set", "variable:cursor", { version: 1, call: "job_1.7" }]);
  });
});
