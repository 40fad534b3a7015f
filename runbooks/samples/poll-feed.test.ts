import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRunbook } from "runwright/testing";

const pollFeed = loadRunbook<typeof import("./poll-feed.ts")>(new URL("./poll-feed.ts", import.meta.url));

/** A feed of five items that gives two at a time. */
function feed(url: string) {
  const after = Number(new URL(url).searchParams.get("after"));
  const items = [1, 2, 3, 4, 5].filter((n) => n > after).slice(0, 2);
  return { json: { items: items.map((n) => ({ name: `item ${n}` })), next: String(items.at(-1) ?? after) } };
}

test("poll-feed starts one job for each item, and remembers how far it came", async () => {
  const started: unknown[] = [];
  const hello = (params: Record<string, unknown>) => {
    started.push(params.name);
    return {};
  };
  const job = await pollFeed.run({ params: { looks: 4 }, http: ({ url }) => feed(url), jobs: { hello } });
  assert.equal(job.status, "completed", JSON.stringify(job.error));
  assert.deepEqual(started, ["item 1", "item 2", "item 3", "item 4", "item 5"]);
  assert.deepEqual(job.outputs, [{ started: 5, cursor: "5" }]);
  assert.deepEqual(
    job.calls.filter(({ op }) => op === "variables.set").map(({ args }) => args),
    ["2", "4", "5"].map((value) => ({ name: "feed-cursor", value })),
  );
});

test("poll-feed goes on where the job before ended", async () => {
  const job = await pollFeed.run({ params: { looks: 1 }, variables: { "feed-cursor": "4" }, http: ({ url }) => feed(url), jobs: { hello: {} } });
  assert.deepEqual(job.outputs, [{ started: 1, cursor: "5" }]);
});

test("poll-feed tries again when the feed can't be reached, and fails when it answers with an error", async () => {
  let asked = 0;
  const unreachable = await pollFeed.run({
    params: { looks: 1 },
    http: ({ url }) => (++asked < 3 ? undefined : feed(url)),
    jobs: { hello: {} },
  });
  assert.equal(unreachable.status, "completed", JSON.stringify(unreachable.error));
  assert.equal(asked, 3);
  const broken = await pollFeed.run({ params: { looks: 1 }, http: () => ({ status: 500 }) });
  assert.deepEqual([broken.status, broken.error?.message], ["failed", "the feed answers 500"]);
});

test("poll-feed needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await pollFeed.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
