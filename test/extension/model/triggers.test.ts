import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { triggerLens } from "../../../extension/model/authoring/lenses.ts";
import { runbookHoverAt } from "../../../extension/model/authoring/runbook-hover.ts";
import type { Client } from "../../../extension/model/client/client.ts";
import { createKnownTriggers } from "../../../extension/model/triggers/known-triggers.ts";
import { readTriggers } from "../../../extension/model/triggers/read-triggers.ts";
import { publishingNote } from "../../../extension/model/triggers/trigger-words.ts";
import { type SignedIn, signedIn } from "./engine.ts";

const NOW = Date.parse("2026-03-01T00:00:00Z");
const spec = (name: string, rest: object, state = {}) => ({ name, scope: "/", spec: rest, state });
const LISTS: Record<string, object[]> = {
  schedules: [
    spec("nightly", { cron: "30 2 * * *", timeZone: "Europe/Berlin", runs: [{ runbook: "hello" }] }, { nextAt: "2026-03-01T02:00:00Z" }),
    spec("pinned", { cron: "0 0 * * *", timeZone: "UTC", enabled: false, runs: [{ runbook: "hello", version: 2 }, { runbook: "other" }] }),
  ],
  webhooks: [spec("from-outside", { runs: [{ runbook: "hello", version: 1 }, { runbook: "hello" }] })],
  "event-rules": [spec("when-failed", { on: "job.failed", runs: [{ runbook: "hello" }] }), spec("of a newer engine", { runs: "?" })],
  windows: [
    spec("sundays", {
      cron: "0 3 * * 0",
      timeZone: "machine",
      hooks: [
        { at: "before", runbook: "hello" },
        { at: "after", command: ["x"] },
      ],
    }),
    spec("own", { recurrence: {}, timeZone: "UTC", runbook: "hello" }),
  ],
};
const clientOf = (lists: Record<string, object[] | RunwrightError>): Pick<Client, "page"> & { asked: number } => ({
  asked: 0,
  async page({ path }) {
    this.asked += 1;
    const found = lists[path.split("/").at(-1) ?? ""] ?? [];
    if (found instanceof RunwrightError) throw found;
    return { items: found as any[], next: null };
  },
});
const reading = (lists: Record<string, object[] | RunwrightError>) => {
  const client = clientOf(lists);
  return readTriggers({ page: client.page.bind(client) });
};

describe("what starts a runbook by itself", () => {
  it("is told before it is published: schedules, webhooks, event rules and maintenance windows that name it, pinned or off", async () => {
    assert.deepEqual(publishingNote(await reading(LISTS), "hello", NOW).split("\n"), [
      "What starts it by itself:",
      "Schedule nightly: 30 2 * * * in Europe/Berlin (next in 2 h)",
      "Schedule pinned: 0 0 * * * in UTC (off, stays at version 2)",
      "Webhook from-outside: when it is called",
      "Event rule when-failed: on job.failed",
      "Maintenance window own: carries out deployments, a recurrence in UTC",
      "Maintenance window sundays: as its hook before",
    ]);
    assert.match(publishingNote(await reading(LISTS), "deploy", NOW), /window sundays: carries out deployments, 0 3 \* \* 0 in machine/);
    assert.equal(publishingNote(await reading(LISTS), "nobody", NOW), "Nothing that can be seen starts it by itself.");
  });

  it("says what couldn't be looked at, and ends with the connection", async () => {
    const hidden = await reading({ ...LISTS, webhooks: new RunwrightError("PERMISSION_DENIED", "no") });
    assert.match(publishingNote(hidden, "hello", NOW), /\(you can't see webhooks\)$/);
    await assert.rejects(reading({ schedules: new RunwrightError("ENGINE_UNREACHABLE", "gone") }), /gone/);
  });

  it("is asked for once in half a minute, and anew of another engine", async () => {
    let now = NOW;
    const client = clientOf(LISTS);
    const access = { client: async () => ({ page: client.page.bind(client), ask: assert.fail }), address: () => "x" } as any;
    const known = createKnownTriggers({ engine: access, now: () => now });
    const told: number[] = [];
    known.on(() => told.push(now));
    assert.equal(known.known(), undefined);
    assert.equal((await known.current())?.of("other").length, 1);
    assert.deepEqual([known.known()?.of("other").length, client.asked, told.length], [1, 4, 1]);
    now += 31_000;
    assert.ok(await known.current());
    assert.equal(client.asked, 8);
    known.forget();
    assert.equal(known.known(), undefined);
    await known.current();
    assert.equal(client.asked, 12);
  });

  it("is above the runbook and over its export, escaped, and nothing where nothing is", async () => {
    const triggers = await reading({ ...LISTS, webhooks: [spec("[x](command:y)", { runs: [{ runbook: "hello" }] })] });
    assert.deepEqual(
      triggerLens(triggers.of("hello")).map(({ title }) => title),
      ["$(zap) 2 schedules, 1 webhook, 1 event rule, 2 maintenance windows"],
    );
    assert.deepEqual(triggerLens(triggers.of("nobody")), []);
    const text = 'import { runbook } from "runwright";\nexport default runbook({ summary: "x", async run() {} });\n';
    const parts = {
      engine: { client: async () => undefined, address: () => undefined },
      now: NOW,
      path: "/w/hello.ts",
      triggers: { current: async () => triggers },
    };
    const hover = await runbookHoverAt(text, text.indexOf("default"), parts);
    assert.equal(text.slice(hover?.start, hover?.end), "export default runbook");
    assert.match(hover?.markdown ?? "", /^\*\*What starts `hello` by itself\*\*\n\n- Schedule nightly/);
    assert.doesNotMatch(hover?.markdown ?? "", /\[x\]\(command/);
    assert.equal(await runbookHoverAt(text, text.indexOf("summary"), parts), undefined);
  });
});

describe("what starts a runbook, in the view of runbooks", function () {
  this.timeout(60_000);
  let here: SignedIn;
  before(async () => {
    here = await signedIn();
  });
  after(() => here?.stop());

  it("stands above its versions, each with when", async () => {
    await here.publish("hello", "async () => {}");
    const body = { scope: "/", spec: { cron: "0 1 * * *", timeZone: "UTC", runs: [{ runbook: "hello" }] } };
    assert.equal((await here.engine.ask("PUT", "/api/v1/schedules/nightly", { body })).status, 201);
    const { tree } = here.trees["runwright.runbooks"];
    const [runbook] = await tree.rows();
    const [started, version] = await tree.rows(runbook);
    assert.deepEqual([started?.label, started?.description, version?.label], ["Started by", "1 schedule", "Version 1"]);
    const [row] = await tree.rows(started);
    assert.equal(row?.label, "nightly");
    assert.match(row.description ?? "", /^schedule · next in /);
  });
});
