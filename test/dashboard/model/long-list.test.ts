import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { createLongList, type LongListParts } from "../../../engine/dashboard/model/long-list.ts";

interface Row {
  id: number;
  /** What its place in the list goes by. */
  name: number;
  status: string;
}

/** Lists of the engine: newest first, and by name. A cursor is the place of a page's last row. */
const ORDERS = { growing: (one: Row, other: Row) => other.name - one.name, named: (one: Row, other: Row) => one.name - other.name };
const PAGE = 3;

/** A list of an engine whose rows a test changes, and timers that run when it says so. */
function rig(order: LongListParts<Row>["order"], count: number) {
  const truth = new Map<number, Row>();
  const put = (id: number, status = "waiting", name = id) => truth.set(id, { id, name, status });
  for (let id = 1; id <= count; id += 1) put(id * 10);
  let isIn = (_row: Row): boolean => true;
  let isHeld = false;
  let isAway = false;
  let gate: Promise<void> | undefined;
  let hear: (kinds: ReadonlySet<string>) => void = () => {};
  const timers: (() => void)[] = [];
  const asked: (string | null)[] = [];
  const answer = (cursor: string | null) => {
    const sorted = [...truth.values()].filter(isIn).sort(ORDERS[order]);
    const at = cursor === null ? 0 : sorted.filter((row) => ORDERS[order](row, { id: 0, name: Number(cursor), status: "" }) <= 0).length;
    const items = sorted.slice(at, at + PAGE).map((row) => ({ ...row }));
    return { items, next: at + PAGE < sorted.length ? String(items.at(-1)?.name) : null };
  };
  const list = createLongList<Row>({
    engine: {
      async get<Answer>(_path: string, { query }: { query?: Readonly<Record<string, unknown>> } = {}) {
        const cursor = (query?.cursor ?? null) as string | null;
        asked.push(cursor);
        if (isAway) throw new Error("the engine is away");
        const given = answer(cursor);
        await gate;
        return given as Answer;
      },
    },
    live: {
      onChange(listener) {
        hear = listener;
        return () => {};
      },
    },
    path: "/rows",
    query: {},
    idOf: ({ id }) => String(id),
    of: ["rows"],
    pageSize: PAGE,
    most: 1_000,
    order,
    isVisible: () => true,
    setTimer: (run) => timers.push(run),
    clearTimer: () => {},
  });
  /** Until nothing is asked any more: answers come at once here. */
  const quiet = async () => {
    for (let before = -1; before !== asked.length; ) {
      before = asked.length;
      for (let turns = 0; turns < 5; turns += 1) await turn();
    }
  };
  const due = async () => {
    for (const run of timers.splice(0)) run();
    await quiet();
  };
  return {
    list,
    put,
    asked,
    timers: () => timers.length,
    quiet,
    due,
    drop: (id: number) => truth.delete(id),
    narrow: (to: (row: Row) => boolean) => {
      isIn = to;
    },
    hint: () => hear(new Set(["rows"])),
    /** The engine says that something has changed, and the list has done what it does about it. */
    async changed() {
      hear(new Set(["rows"]));
      await due();
    },
    async look(first: number, end: number) {
      list.show(first, end);
      list.holdWhile(() => isHeld || first > 0);
      await quiet();
    },
    away(to: boolean) {
      isAway = to;
    },
    hold(to: boolean) {
      isHeld = to;
    },
    /** Answers wait from now on. @returns what lets them go */
    slow() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = undefined;
        resolve();
      };
    },
    ids: () => list.rows.value.map(({ id }) => id),
    statusOf: (id: number) => list.rows.value.find((row) => row.id === id)?.status,
  };
}
const down = (from: number, to: number) => Array.from({ length: (from - to) / 10 + 1 }, (_, index) => from - index * 10);
const up = (from: number, to: number) => down(to, from).reverse();

describe("dashboard: a long list", () => {
  it("reads pages ahead of the reader, and knows when there are no more", async () => {
    const { list, quiet, ids } = rig("growing", 8);
    await quiet();
    assert.deepEqual([ids(), list.hasMore.value, list.isFirst.value], [down(80, 10), false, false]);
  });

  for (const [first, end] of [
    [0, 3],
    [2, 5],
    [5, 11],
  ] as const)
    it(`has each row once, in its order, when one comes in at its top while rows ${first} to ${end} are in view`, async () => {
      const { put, quiet, look, changed, ids } = rig("named", 12);
      await quiet();
      await look(first, end);
      put(5);
      await changed();
      const rest = ids().filter((id) => id !== 5);
      assert.deepEqual(rest, up(10, 120));
      assert.equal(new Set(ids()).size, ids().length);
    });

  it("never asks for the first page in the place of another", async () => {
    const { put, drop, quiet, look, changed, asked } = rig("named", 12);
    await quiet();
    await look(5, 11);
    asked.length = 0;
    put(5);
    drop(70);
    await changed();
    assert.ok(asked.length > 0);
    assert.deepEqual(
      asked.filter((cursor) => cursor === null),
      [],
    );
  });

  it("moves a row that is called otherwise now to where it is read last", async () => {
    const { put, quiet, look, changed, due, ids } = rig("named", 12);
    await quiet();
    await look(5, 9);
    put(20, "waiting", 75);
    await changed();
    assert.deepEqual(ids(), [10, ...up(30, 70), 20, ...up(80, 120)]);
    put(110, "waiting", 45);
    await changed();
    await look(0, 4);
    await due();
    assert.deepEqual(ids(), [10, 30, 40, 110, 50, 60, 70, 20, 80, 90, 100, 120]);
  });

  it("lets a row go that the engine doesn't list any more, on its first page and on a later one", async () => {
    for (const [gone, first, end] of [
      [110, 0, 3],
      [60, 5, 8],
      [10, 9, 12],
    ] as const) {
      const { put, narrow, quiet, look, changed, ids } = rig("growing", 12);
      narrow(({ status }) => status === "waiting");
      await quiet();
      await look(first, end);
      put(gone, "completed");
      await changed();
      assert.deepEqual(
        ids(),
        down(120, 10).filter((id) => id !== gone),
      );
    }
  });

  it("lets the last row go when the answer is empty", async () => {
    const { put, narrow, quiet, changed, ids } = rig("growing", 1);
    narrow(({ status }) => status === "waiting");
    await quiet();
    put(10, "completed");
    await changed();
    assert.deepEqual(ids(), []);
  });

  it("shows the status of a row in view as it is, on whichever page", async () => {
    for (const order of ["growing", "named"] as const)
      for (const [id, first] of [
        [120, 0],
        [60, 6],
        [10, 11],
      ] as const) {
        const { put, quiet, look, changed, statusOf } = rig(order, 12);
        const at = order === "growing" ? first : 11 - first;
        await quiet();
        await look(at, at + 1);
        put(id, "completed");
        await changed();
        assert.equal(statusOf(id), "completed", `${order} ${id}`);
      }
  });

  it("reads a row that has changed out of sight when it comes into view", async () => {
    const { put, quiet, look, changed, due, statusOf } = rig("growing", 12);
    await quiet();
    await look(0, 3);
    put(20, "completed");
    await changed();
    assert.equal(statusOf(20), "waiting");
    await look(9, 12);
    await due();
    assert.equal(statusOf(20), "completed");
  });

  it("shows new rows at once to a reader who watches the top, below those that are newer", async () => {
    const { put, quiet, look, changed, list, ids } = rig("growing", 6);
    await quiet();
    await look(0, 3);
    put(70);
    await changed();
    put(80);
    put(65);
    await changed();
    assert.deepEqual([ids(), list.waiting.value], [[80, 70, 65, ...down(60, 10)], 0]);
  });

  it("lets new rows wait while the reader holds a row, and while the top isn't in view", async () => {
    const { put, quiet, look, hold, changed, list, ids } = rig("growing", 6);
    await quiet();
    await look(0, 3);
    hold(true);
    put(70);
    await changed();
    put(80);
    await changed();
    assert.deepEqual([ids(), list.waiting.value, list.hasMoreWaiting.value], [down(60, 10), 2, false]);
    hold(false);
    await look(1, 4);
    put(90);
    await changed();
    assert.deepEqual([ids(), list.waiting.value], [down(60, 10), 3]);
    list.takeWaiting();
    assert.deepEqual([ids(), list.waiting.value], [down(90, 10), 0]);
  });

  it("loses none of those that came while one read further down, however many pages they are", async () => {
    const { put, quiet, look, changed, list, ids, statusOf } = rig("growing", 12);
    await quiet();
    await look(5, 8);
    for (let id = 130; id <= 200; id += 10) put(id);
    put(60, "completed");
    await changed();
    assert.deepEqual([list.waiting.value, list.hasMoreWaiting.value, statusOf(60)], [8, false, "completed"]);
    list.takeWaiting();
    await quiet();
    assert.deepEqual(ids(), down(200, 10));
  });

  it("doesn't read the list to its end when a row at the end of what is here has gone", async () => {
    const { put, narrow, quiet, look, changed, asked } = rig("growing", 2_000);
    narrow(({ status }) => status === "waiting");
    await quiet();
    await look(0, 3);
    const held = asked.length * PAGE;
    await look(held - PAGE, held);
    asked.length = 0;
    put(20_000 - (held - 2) * 10, "completed");
    await changed();
    const [top, ...others] = asked;
    assert.equal(top, null);
    assert.ok(others.length < 2 * (300 / PAGE), `${others.length} pages`);
  });

  it("says that more wait than it has looked through, and begins anew for them", async () => {
    const { put, quiet, look, changed, list, ids, asked, statusOf, timers } = rig("growing", 12);
    await quiet();
    await look(5, 8);
    for (let id = 130; id <= 1_000; id += 10) put(id);
    await changed();
    assert.deepEqual([ids(), list.waiting.value, list.hasMoreWaiting.value], [down(120, 10), 10 * PAGE, true]);
    asked.length = 0;
    put(60, "completed");
    await changed();
    assert.deepEqual([statusOf(60), timers()], ["completed", 0]);
    assert.deepEqual(asked, ["100", "70"], "what is new isn't looked through each time");
    list.takeWaiting();
    await look(0, 3);
    assert.deepEqual([ids(), list.waiting.value, list.hasMoreWaiting.value], [down(1_000, 10), 0, false]);
  });

  it("begins anew by itself when the reader is back at the top", async () => {
    const { put, quiet, look, changed, list, ids } = rig("growing", 12);
    await quiet();
    await look(5, 8);
    for (let id = 130; id <= 1_000; id += 10) put(id);
    await changed();
    await look(0, 3);
    await changed();
    assert.deepEqual([ids(), list.waiting.value, list.hasMoreWaiting.value], [down(1_000, 10), 0, false]);
  });

  it("takes what waits also when it is asked to while a page is on its way", async () => {
    const { put, quiet, look, changed, slow, hint, due, list, ids } = rig("growing", 12);
    await quiet();
    await look(5, 8);
    for (let id = 130; id <= 1_000; id += 10) put(id);
    await changed();
    const go = slow();
    hint();
    await due();
    list.takeWaiting();
    go();
    await look(0, 3);
    assert.deepEqual(ids(), down(1_000, 10));
  });

  it("doesn't forget what has changed while a page was on its way", async () => {
    for (const order of ["growing", "named"] as const) {
      const { put, quiet, look, slow, hint, due, statusOf } = rig(order, 3);
      await quiet();
      await look(0, 3);
      const go = slow();
      put(20, "queued");
      hint();
      await due();
      put(20, "completed");
      hint();
      await due();
      go();
      await quiet();
      await due();
      assert.equal(statusOf(20), "completed", order);
    }
  });

  it("says why it couldn't be read, shows what it had, and tries again by itself", async () => {
    const { put, quiet, changed, due, away, list, ids, statusOf } = rig("growing", 3);
    await quiet();
    away(true);
    put(20, "completed");
    await changed();
    assert.match(list.problem.value?.message ?? "", /away/);
    assert.deepEqual(ids(), down(30, 10));
    away(false);
    await due();
    assert.deepEqual([list.problem.value, statusOf(20)], [undefined, "completed"]);
  });
});
