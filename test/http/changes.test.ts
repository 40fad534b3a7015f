import assert from "node:assert/strict";
import { once } from "node:events";
import WebSocket from "ws";
import { CHANGE_KINDS, type ChangeKind } from "../../engine/core/change.ts";
import type { Grant } from "../../engine/core/role.ts";
import { createChanges } from "../../engine/http/changes.ts";
import type { DeliveryRecord } from "../../engine/store/records/deliveries.ts";
import type { OccurrenceRecord } from "../../engine/store/records/occurrences.ts";
import type { AssessmentRecord } from "../../engine/store/records/updates.ts";
import type { Writes } from "../../engine/store/store.ts";
import { AT, aCommand, aJob, aMachine } from "../contract/rows.ts";
import { eventually } from "../support/eventually.ts";
import { type Rig, rig, upload } from "./rig.ts";

const anAssessment = {
  id: "asm_1",
  machineId: "mch_1",
  packageManager: "apt",
  sequence: 1,
  collectedAt: AT,
  receivedAt: AT,
  listsUpdatedAt: AT,
  rebootPending: false,
};
const assessed: AssessmentRecord = {
  ...{
    ...anAssessment,
    rebootReasons: [],
    compliance: "compliant",
    counts: {},
    problems: [],
    installedCount: 7,
    digest: null,
    verdicts: {},
    judgeAgainAt: null,
  },
};

const missed: OccurrenceRecord = {
  ...{ id: "occ_1", resourceId: "sch_1", key: "2026-03-01T00:00:00Z", run: 0, kind: "Schedule", name: "nightly", scope: "/", runbook: "hello" },
  ...{ dueAt: AT, decidedAt: AT, status: "missed", reason: "late", jobId: null, request: null },
};
const refused: DeliveryRecord = {
  ...{ id: "dlv_1", resourceId: "whk_1", receivedAt: AT, address: "192.0.2.1", status: "refused", reason: "no signature" },
  ...{ nonce: null, sameAs: null, givenKey: null, jobIds: [], replayOf: null, wrappedKey: new Uint8Array([1]), content: new Uint8Array([1]) },
};

describe("HTTP: word of changes", function () {
  this.timeout(60_000);
  let all: Rig;
  let url: string;
  const sockets: WebSocket[] = [];
  before(async () => {
    all = await rig();
    url = (await all.http.listen()).url;
    await all.store.write((tx) => tx.machines.insert(aMachine({ id: "mch_1", name: "web-1", scope: "/prod" })));
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  after(() => all.stop());

  /** A client that has said this; `heard` grows. */
  async function listen(token = all.admin, say: object = { subscribe: { changes: true } }) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } });
    sockets.push(socket);
    const heard: { type: string; of: ChangeKind[]; code?: string }[] = [];
    socket.on("message", (data) => heard.push(JSON.parse(String(data))));
    await once(socket, "open");
    socket.send(JSON.stringify(say));
    // What is refused is answered after what was said before: so it has been taken.
    socket.send("{}");
    await eventually("the answer to nonsense", () => heard.some(({ type }) => type === "error"));
    heard.length = 0;
    const kinds = () => new Set(heard.flatMap(({ of }) => of ?? []));
    return { socket, heard, kinds, hears: (kind: ChangeKind) => eventually(`word of ${kind}`, () => kinds().has(kind)) };
  }
  const touch = () => all.store.write(async (tx) => tx.machines.patch("mch_1", { staleSince: null }));

  const changes: [kind: ChangeKind, what: string, how: (tx: Writes) => Promise<unknown>][] = [
    ["jobs", "a job is asked for", (tx) => tx.jobs.insert(aJob({ id: "job_1", heldBack: true }), "ada")],
    ["jobs", "a job ends", (tx) => tx.jobs.move("job_1", null, { to: "stopped", at: AT, by: "ada", reason: "" })],
    ["machines", "a machine is tagged", (tx) => tx.machines.patch("mch_1", { tags: { a: "1" } })],
    ["machines", "a machine is sent a command", (tx) => tx.commands.insert(aCommand({ id: "cmd_1" }))],
    ["updates", "a machine reports", (tx) => tx.updates.insertAssessment(assessed)],
    ["updates", "a machine is judged anew", (tx) => tx.updates.patchAssessment("asm_1", { counts: { other: 1 } })],
    [
      "deployments",
      "an occurrence is skipped",
      (tx) => tx.deployments.except({ windowId: "win_1", occurrence: "x", kind: "skipped", reason: "", by: "ada", at: AT }),
    ],
    ["occurrences", "an occurrence is missed", (tx) => tx.occurrences.insert([missed])],
    ["deliveries", "a webhook refuses what it received", (tx) => tx.deliveries.insert(refused)],
    ["approvals", "an approval is closed", (tx) => tx.approvals.close("apr_1", "cancelled", AT)],
    ["assets", "an asset changes", (tx) => tx.assets.patch("ast_1", { updatedAt: AT })],
    ["runbooks", "a runbook changes", (tx) => tx.runbooks.patch("run_1", { deletedBy: null })],
  ];
  for (const [kind, what, how] of changes)
    it(`comes when ${what}: ${kind}`, async () => {
      const { hears } = await listen();
      await all.store.write(async (tx) => void (await how(tx)));
      await hears(kind);
    });

  it("answer a ping of those who can't send the protocol's own", async () => {
    const { socket, heard } = await listen();
    socket.send(JSON.stringify({ ping: true }));
    await eventually("the answer", () => heard.some(({ type }) => type === "pong"));
  });

  it("comes first of all that one may read, as what was read before may be older", async () => {
    const first = async (token: string) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } });
      sockets.push(socket);
      await once(socket, "open");
      socket.send(JSON.stringify({ subscribe: { changes: true } }));
      const [data] = await once(socket, "message");
      return JSON.parse(String(data));
    };
    assert.deepEqual(await first(all.admin), { type: "changed", of: [...CHANGE_KINDS] });
    const reader = await first(await all.tokenFor("first-reader", { role: "reader", scope: "/prod" }));
    assert.ok(reader.of.includes("machines") && !reader.of.includes("activity"));
  });

  it("comes of resources, runbooks and the activity log when people change them", async () => {
    const { hears } = await listen();
    await all.ask("POST", "/api/v1/runbooks/hello/publish", { body: upload("hello", "async () => {}") });
    await hears("runbooks");
    const spec = { timeZone: "UTC", reason: "closed", periods: [{ from: "2026-03-02T00:00", to: "2026-03-09T00:00" }] };
    assert.equal((await all.ask("PUT", "/api/v1/freezes/closed", { body: { spec } })).status, 201);
    await hears("resources");
    await hears("activity");
  });

  it("comes at most once a second to each, however much changes, and last of all what changed last", async () => {
    const listeners = await Promise.all(Array.from({ length: 20 }, () => listen()));
    const started = performance.now();
    while (performance.now() - started < 2_500) await Promise.all(Array.from({ length: 100 }, touch));
    await all.store.write((tx) => tx.assets.patch("ast_1", { updatedAt: AT }));
    for (const { hears } of listeners) await hears("assets");
    const most = (performance.now() - started) / 1_000 + 1;
    for (const { heard } of listeners) {
      assert.ok(heard.length >= 2 && heard.length <= most, `${heard.length} messages in ${most} s`);
      assert.ok(heard[0]?.of.includes("machines"));
    }
  });

  it("tells each only of what they may read somewhere", async () => {
    const grants: [name: string, grant: Grant][] = [
      ["rita", { role: "reader", scope: "/prod" }],
      ["otto", { role: "operator", scope: "/prod" }],
    ];
    const [reader, operator] = await Promise.all(grants.map(async ([name, grant]) => listen(await all.tokenFor(name, grant))));
    await all.ask("PUT", "/api/v1/machines/web-1/tags", { body: { tags: { b: "2" } } });
    await operator?.hears("activity");
    await reader?.hears("machines");
    assert.ok(!reader?.kinds().has("activity"));
  });

  it("ends when it isn't wanted any more, and isn't sent to who didn't ask", async () => {
    const other = await listen(all.admin, { unsubscribe: { changes: true } });
    const one = await listen();
    await touch();
    await one.hears("machines");
    one.socket.send(JSON.stringify({ unsubscribe: { changes: true } }));
    one.socket.send("{}");
    await eventually("the answer", () => one.heard.some(({ type }) => type === "error"));
    const before = one.heard.length;
    const witness = await listen();
    await touch();
    await witness.hears("machines");
    assert.deepEqual([one.heard.length, other.heard.length], [before, 0]);
  });

  it("refuses what isn't a subscription", async () => {
    const { socket, heard } = await listen();
    for (const text of [
      '{"subscribe":{"changes":false}}',
      '{"subscribe":{"changes":true,"job":"job_1"}}',
      '{"subscribe":{}}',
      '{"subscribe":{"changes":"all"}}',
      `{"subscribe":{"job":"${"x".repeat(10_000)}"}}`,
    ])
      socket.send(text);
    await eventually("five refusals", () => heard.filter(({ code }) => code === "BAD_REQUEST").length === 5);
  });
});

describe("word of changes within an engine", () => {
  it("costs one call a second, and listens only while somebody does", async () => {
    const listening = new Set<(kinds: readonly ChangeKind[]) => void>();
    const onChanged = (listener: (kinds: readonly ChangeKind[]) => void) => {
      listening.add(listener);
      return () => void listening.delete(listener);
    };
    const changes = createChanges({ store: { onChanged }, everyMs: 50 });
    assert.equal(listening.size, 0);
    const heard: (readonly ChangeKind[])[] = [];
    const end = changes.subscribe((kinds) => heard.push(kinds));
    const endOther = changes.subscribe(() => {});
    assert.equal(listening.size, 1);
    for (let n = 0; n < 10_000; n++) for (const listener of listening) listener([CHANGE_KINDS[n % 3] ?? "jobs"]);
    await eventually("the first word", () => heard.length === 1);
    assert.deepEqual(heard, [["jobs", "machines", "updates"]]);
    for (const listener of listening) listener(["assets"]);
    await eventually("the second word", () => heard.length === 2);
    assert.deepEqual(heard[1], ["assets"]);
    end();
    endOther();
    assert.equal(listening.size, 0);
  });
});
