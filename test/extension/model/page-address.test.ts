import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PAGE_VIEW_TYPES, type PageAddress, pageKey, pageRule, readPageAddress } from "../../../extension/model/pages/page-address.ts";

const engine = "https://engine.example";
const ADDRESSES: PageAddress[] = [
  { subject: { kind: "job", id: "job_1" }, engine },
  { subject: { kind: "deployment", id: "dpl_1" }, engine },
  { subject: { kind: "machine", name: "web 1" }, engine },
  { subject: { kind: "machine", name: "web 1", update: "openssl" }, engine },
];

describe("what is kept of a page while its window is loaded again", () => {
  it("leads back to it, and one page isn't another", () => {
    for (const address of ADDRESSES) {
      assert.deepEqual(readPageAddress(JSON.parse(JSON.stringify(address))), address);
      assert.ok(PAGE_VIEW_TYPES.some((one) => one === pageRule(address.subject, Date.now).viewType));
    }
    assert.equal(new Set([...ADDRESSES, { ...(ADDRESSES[0] as PageAddress), engine: "http://other.example" }].map(pageKey)).size, ADDRESSES.length + 1);
  });

  it("is refused when it is something else", () => {
    for (const state of [
      undefined,
      null,
      "job_1",
      {},
      { engine },
      { engine, subject: { kind: "job" } },
      { engine, subject: { kind: "plan", id: "1" } },
      { engine: 1, subject: { kind: "job", id: "x" } },
    ])
      assert.equal(readPageAddress(state), undefined);
  });

  it("wakes the extension, which the manifest says of each kind of page", () => {
    const { activationEvents } = JSON.parse(readFileSync(new URL("../../../extension/package.json", import.meta.url), "utf8"));
    for (const viewType of PAGE_VIEW_TYPES) assert.ok(activationEvents.includes(`onWebviewPanel:${viewType}`), viewType);
  });
});
