import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withLock } from "../../scripts/setup-lock.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const MODULE = new URL("../../scripts/setup-lock.mjs", import.meta.url);
const PROCESSES = 4;
const ROUNDS = process.env.RUNWRIGHT_TEST_LONG === "1" ? 100 : 10;
const NO_PROCESS = 2 ** 22 + 1; // above the largest process id that Linux gives

describe("the lock of set-up", function () {
  this.timeout(120_000);
  let directory: TemporaryDirectory;
  let file: string;

  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = join(directory.path, "lock");
  });
  afterEach(() => directory.remove());

  it("lets one process in at a time, also while some of them die inside", async () => {
    const counter = join(directory.path, "counter");
    const script = join(directory.path, "count.mjs");
    await writeFile(counter, "0");
    await writeFile(
      script,
      `import { once } from "node:events";
       import { readFileSync, rmdirSync, mkdirSync, writeFileSync } from "node:fs";
       import { setTimeout as pause } from "node:timers/promises";
       import { withLock } from ${JSON.stringify(pathToFileURL(MODULE.pathname).href)};
       const [file, counter, inside, rounds, dies] = process.argv.slice(2);
       process.send("ready");
       await once(process, "message");
       for (let round = 1; round <= Number(rounds); round++) {
         await withLock(file, async () => {
           mkdirSync(inside); // fails when somebody else is inside
           const before = Number(readFileSync(counter, "utf8"));
           await pause(5);
           writeFileSync(counter, String(before + 1));
           rmdirSync(inside);
           if (dies === "dies" && round === Number(rounds)) process.kill(process.pid, "SIGKILL");
         });
       }
       process.disconnect();`,
    );
    const inside = join(directory.path, "inside");
    const children = Array.from({ length: PROCESSES }, (_, index) => fork(script, [file, counter, inside, String(ROUNDS), index === 0 ? "dies" : "lives"]));
    const exits = children.map((child) => once(child, "exit"));
    await Promise.all(children.map((child) => once(child, "message")));
    for (const child of children) child.send("go");
    assert.deepEqual(
      (await Promise.all(exits)).map(([code, signal]) => code ?? signal),
      ["SIGKILL", ...Array(PROCESSES - 1).fill(0)],
    );
    assert.equal(await readFile(counter, "utf8"), String(PROCESSES * ROUNDS));
    // Whoever died last may have left the file; the next one in takes it away.
    await withLock(file, async () => {});
    assert.equal(existsSync(file), false);
  });

  it("takes the lock of a process that is gone", async () => {
    await writeFile(file, JSON.stringify({ pid: NO_PROCESS, host: hostname() }));
    assert.equal(await withLock(file, async () => "done"), "done");
  });

  it("takes the lock of another machine only after 30 seconds without a sign of life", async () => {
    const foreign = JSON.stringify({ pid: NO_PROCESS, host: "another-machine" });
    await writeFile(file, foreign);
    let waited: string | undefined;
    const turn = withLock(
      file,
      async () => "done",
      (holder) => {
        waited = holder;
        const old = new Date(Date.now() - 31_000);
        void utimes(file, old, old);
      },
    );
    assert.equal(await turn, "done");
    assert.equal(waited, foreign, "it waited while the file was fresh");
  });

  it("is released when the action fails", async () => {
    await assert.rejects(
      withLock(file, async () => {
        throw new Error("from the action");
      }),
      /from the action/,
    );
    assert.equal(existsSync(file), false);
  });
});
