import assert from "node:assert/strict";
import { shownBranch } from "../../../extension/model/branch.ts";
import { type Client, createClient } from "../../../extension/model/client/client.ts";
import { createPagedBranch, type PagedParts } from "../../../extension/model/paged-branch.ts";
import { createTree, MORE } from "../../../extension/model/tree.ts";

interface Item {
  name: string;
  state: string;
}

/** A list of the HTTP API that a test changes. */
function world({ order, count, pageSize }: { order: PagedParts<Item>["order"]; count: number; pageSize?: number }) {
  const there = { items: Array.from({ length: count }, (_, i): Item => ({ name: String(i), state: "" })), asked: [] as string[], fails: false, isAway: false };
  const client = createClient({
    address: { url: "http://engine.example" },
    token: "",
    async send({ url }) {
      const limit = Number(url.searchParams.get("limit"));
      const from = Number(url.searchParams.get("cursor") ?? 0);
      there.asked.push(`${from}+${limit}`);
      if (there.fails) throw new Error("the engine is on fire");
      const items = there.items.slice(from, from + limit);
      return { status: 200, text: JSON.stringify({ items, next: from + limit < there.items.length ? String(from + limit) : null }) };
    },
  });
  const branch = () =>
    createPagedBranch<Item>({
      client: async (): Promise<Client | undefined> => (there.isAway ? undefined : client),
      door: { path: "/things", what: "thing", shape: { name: "string" } },
      keyOf: ({ name }) => name,
      rowOf: ({ name, state }) => ({ id: name, label: name + state, is: ["thing"] }),
      order,
      ...(pageSize === undefined ? {} : { pageSize }),
    });
  const tree = createTree({ root: branch });
  const labels = async () => (await tree.rows()).map(({ label }) => label);
  return { there, tree, labels, branch };
}

describe("a list in a tree", () => {
  for (const count of [0, 1, 1_000]) {
    it(`shows ${count} entries, a page at a time`, async () => {
      const { tree, labels } = world({ order: "byName", count });
      for (let shown = await labels(); shown.at(-1) === "Load more"; shown = await labels()) {
        assert.equal(shown.length % 100, 1);
        await tree.readMore(undefined);
      }
      assert.equal((await labels()).length, count);
    });
  }

  it("reads 10,000 jobs again by their head alone, and keeps what was loaded", async () => {
    const { there, tree, labels } = world({ order: "newestFirst", count: 10_000 });
    await labels();
    for (let pages = 1; pages < 5; pages++) await tree.readMore(undefined);
    there.asked.length = 0;
    there.items = [{ name: "new", state: "" }, { name: "0", state: " has ended" }, ...there.items.slice(1)];
    await tree.refresh();
    const shown = await labels();
    assert.deepEqual(there.asked, ["0+100"]);
    assert.deepEqual([shown.length, shown[0], shown[1], shown.at(-2)], [502, "new", "0 has ended", "499"]);
  });

  it("begins anew when more has come than one page holds: it shows no gap as if there were none", async () => {
    const { there, tree, labels } = world({ order: "newestFirst", count: 300 });
    await labels();
    await tree.readMore(undefined);
    there.items = [...Array.from({ length: 150 }, (_, i) => ({ name: `new ${i}`, state: "" })), ...there.items];
    await tree.refresh();
    const shown = await labels();
    assert.deepEqual([shown.length, shown.at(-2), shown.at(-1)], [101, "new 99", "Load more"]);
  });

  for (const order of ["newestFirst", "byName"] as const) {
    it(`reads on although the list is read again in the same moment (${order})`, async () => {
      const { tree, labels } = world({ order, count: 300 });
      await labels();
      await Promise.all([tree.refresh(), tree.readMore(undefined), tree.refresh()]);
      assert.equal((await labels()).length, 201);
      await Promise.all([tree.readMore(undefined), tree.refresh()]);
      assert.equal((await labels()).length, 300);
    });
  }

  it("keeps what was loaded below a row when it is read again", async () => {
    const { there, branch } = world({ order: "byName", count: 300 });
    const parent = { id: "parent", label: "parent", is: [], children: "open" as const };
    const tree = createTree({ root: () => shownBranch(() => [parent]), branchOf: branch });
    await tree.rows(parent);
    await tree.readMore(parent);
    assert.equal((await tree.rows(parent)).length, 201);
    there.items[0] = { name: "0", state: " has changed" };
    await tree.refresh();
    const rows = await tree.rows(parent);
    assert.deepEqual([rows.length, rows[0]?.label], [201, "0 has changed"]);
  });

  it("forgets what is gone from a list by name", async () => {
    const { there, tree, labels } = world({ order: "byName", count: 3 });
    await labels();
    there.items.splice(1, 1);
    await tree.refresh();
    assert.deepEqual(await labels(), ["0", "2"]);
  });

  it("keeps what was known, and says so, when the engine fails or is away", async () => {
    const { there, tree, labels } = world({ order: "byName", count: 2 });
    await labels();
    there.fails = true;
    await tree.refresh();
    assert.deepEqual([await labels(), tree.message()], [["0", "1"], "the engine is on fire"]);
    there.fails = false;
    there.isAway = true;
    await tree.refresh();
    assert.deepEqual(await labels(), ["0", "1"]);
    there.isAway = false;
    await tree.refresh();
    assert.deepEqual([await labels(), tree.message()], [["0", "1"], undefined]);
  });

  it("is read once for all who ask at the same time, and once more after it was away", async () => {
    const { there, tree, labels } = world({ order: "byName", count: 2 });
    there.isAway = true;
    assert.deepEqual(await labels(), []);
    there.isAway = false;
    await Promise.all([labels(), labels(), labels()]);
    assert.deepEqual(there.asked, ["0+100"]);
    assert.ok(!(await tree.rows()).some(({ is }) => is.includes(MORE)));
  });

  it("tells its view of a change, and of nothing else", async () => {
    const { there, tree, labels } = world({ order: "byName", count: 2 });
    await labels();
    let told = 0;
    tree.on(() => told++);
    await tree.refresh();
    assert.equal(told, 0);
    there.items.push({ name: "2", state: "" });
    await tree.refresh();
    assert.equal(told, 1);
  });
});
