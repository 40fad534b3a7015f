import assert from "node:assert/strict";
import { fakeClock, later } from "../../engine/testing.ts";
import { message, run, started, withRunbook } from "./tested.ts";

const now = (text: string) => Temporal.Instant.from(text);
const SLEEPS = `  async run({ sleep, output }) {
    const tell = (what: string) => output([what, new Date().toISOString().slice(11, 16)]);
    await Promise.all([sleep("1h").then(() => tell("hour")), sleep("5m").then(async () => { tell("five"); await sleep("10m"); tell("fifteen"); })]);
    await sleep(Temporal.ZonedDateTime.from("2026-01-01T12:00[UTC]"));
    tell("noon");
  },`;
const WOKEN = [
  ["five", "00:05"],
  ["fifteen", "00:15"],
  ["hour", "01:00"],
  ["noon", "12:00"],
];

describe("a fake clock", () => {
  describe("at a wall time that clocks leave out or show twice", () => {
    const cases: [string, string, string, string, { repeat: "last" }?][] = [
      ["a gap", "2026-03-29T02:30[Europe/Berlin]", "2026-03-29T03:30:00+02:00[Europe/Berlin]", "shifted"],
      ["a gap of half an hour", "2026-10-04T02:15[Australia/Lord_Howe]", "2026-10-04T02:45:00+11:00[Australia/Lord_Howe]", "shifted"],
      ["a repeated hour", "2026-10-25T02:30[Europe/Berlin]", "2026-10-25T02:30:00+02:00[Europe/Berlin]", "first"],
      ["its second time", "2026-10-25T02:30[Europe/Berlin]", "2026-10-25T02:30:00+01:00[Europe/Berlin]", "second", { repeat: "last" }],
      ["its second time, by offset", "2026-10-25T02:30+01:00[Europe/Berlin]", "2026-10-25T02:30:00+01:00[Europe/Berlin]", "none"],
      ["an ordinary time", "2026-06-01T02:30[Europe/Berlin]", "2026-06-01T02:30:00+02:00[Europe/Berlin]", "none"],
    ];
    for (const [what, to, expected, dst, how] of cases)
      it(`goes to ${expected} for ${what}`, async () => {
        const clock = fakeClock();
        const arrival = await clock.to(to, how);
        assert.deepEqual([arrival.at.toString(), arrival.dst], [expected, dst]);
        assert.ok(clock.now().equals(now(expected)));
      });

    it("refuses what no clock shows, what names no zone, and what is over", async () => {
      const clock = fakeClock("2026-03-29T01:00Z");
      const refused: [string, RegExp][] = [
        ["2026-03-29T02:30+05:00[Europe/Berlin]", /no clock there shows this time with this offset/],
        ["2026-03-29T02:30", /it says neither zone nor offset/],
        ["2026-03-29T02:30[Europe/Berlim]", /Europe\/Berlin/],
        ["2026-02-30T02:30[Europe/Berlin]", /it is no date and time/],
        ["tomorrow", /isn't a moment/],
        ["2026-03-29T00:59Z", /is at 2026-03-29T01:00:00\+00:00\[UTC\] already and doesn't go back/],
      ];
      for (const [text, what] of refused) await assert.rejects(clock.to(text), { code: "BAD_REQUEST", message: what });
      await assert.rejects(clock.advance({ months: 1 }), { code: "DURATION_INVALID" });
      await assert.rejects(clock.advance("soon"), { code: "DURATION_INVALID" });
      await assert.rejects(run("  run() {},", { clock: {} as never }), { code: "BAD_REQUEST", message: /fakeClock/ });
    });
  });

  it("wakes sleeps in the order of their times, each at its time, when time goes on by itself", async () => {
    const job = await run(SLEEPS);
    assert.deepEqual([message(job), job.outputs], [undefined, WOKEN]);
    assert.equal(job.endedAt - job.startedAt, 12 * 3_600_000);
  });

  it("wakes them the same when the test moves it, and nothing before its time", () =>
    started(SLEEPS, { clock: fakeClock() }, async (job) => {
      assert.deepEqual((await job.waits()).map(({ op }) => op).sort(), ["sleep", "sleep"]);
      await job.clock.advance("14m");
      assert.deepEqual(job.record.outputs, WOKEN.slice(0, 1));
      await job.clock.advance({ minutes: 1 });
      assert.deepEqual(job.record.outputs, WOKEN.slice(0, 2));
      await job.clock.to("2026-01-01T13:00+01:00[Europe/Berlin]");
      assert.deepEqual([(await job.ended).outputs, await job.waits()], [WOKEN, []]);
    }));

  it("is shared by the jobs that are given it", async () => {
    const clock = fakeClock();
    const parts = '  async run({ sleep, output }) { await sleep("1h"); output(Date.now()); },';
    await withRunbook(parts, async (runbook) => {
      const [first, second] = [await runbook.start({ clock }), await runbook.start({ clock })];
      await clock.advance("1h");
      assert.deepEqual((await first.ended).outputs, (await second.ended).outputs);
    });
  });

  it("makes moves one after the other that nobody waited for", () =>
    started(SLEEPS, { clock: fakeClock() }, async (job) => {
      const moves = [job.clock.advance("10m"), job.clock.advance("10m"), job.clock.to("2026-01-01T00:30Z")];
      await Promise.all(moves);
      assert.deepEqual(job.record.outputs, WOKEN.slice(0, 2));
      assert.ok(job.clock.now().equals(now("2026-01-01T00:30Z")));
    }));

  it("gives people their time: an answer comes when they give it, and too late is no answer", async () => {
    const asks = '  async run({ approval, output }) { await approval({ message: "Go?", timeout: "2h" }); output(new Date().toISOString().slice(11, 16)); },';
    const inTime = await run(asks, { approvals: { after: "90m" } });
    assert.deepEqual(inTime.outputs, ["01:30"]);
    const late = await run(asks, { approvals: { after: "3h" } });
    assert.match(message(late) ?? "", /nobody has decided "Go\?"/);
    assert.equal(late.endedAt - late.startedAt, 2 * 3_600_000);
  });

  it("lets the test answer while the job waits, and publish what it waits for", async () => {
    const parts = `  async run({ approval, waitFor, output }) {
      const { decisions } = await approval({ message: "Go?", timeout: "2h" });
      output(decisions[0]?.by);
      output((await waitFor("done", { timeout: "1h" })).payload);
      await approval({ message: "On?" });
    },`;
    await started(parts, { approvals: "byHand" }, async (job) => {
      assert.deepEqual(
        (await job.asked()).map(({ message }) => message),
        ["Go?"],
      );
      await job.clock.advance("1h");
      await job.approve({ by: "ada" });
      assert.deepEqual(
        (await job.waits()).map(({ op }) => op),
        ["events.wait"],
      );
      await job.publish("done", { ok: true });
      await job.reject({ by: "bob", reason: "enough" });
      const ended = await job.ended;
      assert.deepEqual([ended.outputs, message(ended)], [["ada", { ok: true }], "bob has refused: enough"]);
      await assert.rejects(job.approve(), { code: "CONFLICT" });
    });
  });

  it("publishes events later, ends waits for those that don't come, and says so where nothing ever comes", async () => {
    const waits = (options: string) =>
      `  async run({ waitFor, output }) { output([(await waitFor("e", ${options})).payload, new Date().toISOString().slice(11, 16)]); },`;
    assert.deepEqual((await run(waits("{}"), { events: { e: [later("10m", 1)] } })).outputs, [[1, "00:10"]]);
    assert.match(message(await run(waits('{ timeout: "5m" }'), { events: { e: [later("10m", 1)] } })) ?? "", /no event "e" came in time/);
    assert.match(message(await run(waits("{}"))) ?? "", /this test has no more events "e"/);
  });

  it("ends a job whose machines take longer than it may, but not one that waits for longer", async () => {
    const machines = [{ name: "a", takes: { exec: "20m" } }];
    const declared = '  permissions: { machines: { select: "all", actions: ["exec"] } },\n  limits: { timeout: "15m" },\n';
    const works = await run(`${declared}  async run({ machines }) { await (await machines.get("a")).exec(["x"], { timeout: "1h" }); },`, { machines });
    assert.deepEqual([works.status, works.failureCode], ["failed", "timeout"]);
    assert.match(message(works) ?? "", /took longer than 900000 ms/);
    assert.equal((await run(`${declared}  async run({ sleep }) { await sleep("3h"); },`)).status, "completed");
  });

  it("isn't forgotten: who doesn't move it is told what the job waits for", async () => {
    await withRunbook('  async run({ sleep }) { await sleep("1h"); },', async (runbook) => {
      const job = await runbook.start({ clock: fakeClock(), patience: 100 });
      await assert.rejects(job.ended, { code: "WAIT_TIMED_OUT", message: /waits for sleep, and for 100ms nobody has moved its clock/ });
    });
  });
});
