import assert from "node:assert/strict";
import { createStops } from "../../engine/stops.ts";

describe("the parts of an engine", () => {
  it("end in the reverse order of their start, one after the other, and whoever asks again waits for the same end", async () => {
    const said: string[] = [];
    const stops = createStops({ error: () => assert.fail("nothing went wrong") });
    const first = Promise.withResolvers<void>();
    for (const name of ["store", "jobs", "http"])
      stops.add(name, async () => {
        said.push(`${name} ends, ${stops.current()}`);
        if (name === "jobs") await first.promise;
      });
    assert.equal(stops.current(), null);
    const ended = stops.stop();
    assert.equal(stops.stop(), ended);
    await Promise.resolve(); // lets what could go on go on
    assert.equal(stops.current(), "http");
    first.resolve();
    await ended;
    assert.deepEqual(said, ["http ends, http", "jobs ends, jobs", "store ends, store"]);
    assert.equal(stops.current(), null);
  });

  it("end also when one before them can't, which is said with its name", async () => {
    const problems: unknown[] = [];
    let isStoreEnded = false;
    const stops = createStops({ error: (fields) => problems.push(fields) });
    const err = new Error("the database is away");
    stops.add("store", () => {
      isStoreEnded = true;
    });
    stops.add("fleet", () => Promise.reject(err));
    stops.add("jobs", () => {
      throw err;
    });
    await stops.stop();
    assert.ok(isStoreEnded);
    assert.deepEqual(problems, [
      { err, part: "jobs" },
      { err, part: "fleet" },
    ]);
  });
});
