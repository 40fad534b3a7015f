import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandHome, commandHome, heard } from "./command.ts";

describe("following a job", function () {
  this.timeout(60_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;

  beforeEach(async () => {
    home = await commandHome();
    engine = await home.serve();
    await writeFile(
      join(home.path, "counts.ts"),
      `import { runbook, Type } from "runwright";
export default runbook({
  summary: "counts",
  parameters: Type.Object({ to: Type.Integer() }),
  async run({ params, log, sleep }) {
    for (let i = 1; i <= params.to; i++) {
      log(\`step \${i};\`);
      await sleep("300ms");
    }
  },
});
`,
    );
    const published = await home.run(["runbook", "publish", "counts.ts"]);
    assert.equal(published.code, 0, published.stderr);
  });
  afterEach(() => home.remove());

  it("goes on when the engine was killed and is started again: each line once, in order, to the end", async () => {
    const follower = home.start(["run", "counts", "-p", "to=12", "--follow"]);
    let said = "";
    follower.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    const exit = new Promise((resolve) => follower.once("exit", resolve));
    await heard(follower, /step 3;/);
    const { port } = new URL(engine.url);
    await engine.stop("SIGKILL");
    await heard(follower, /waiting until it is back/);
    await home.serve(["--port", port]);
    assert.equal(await exit, 0, said);
    assert.deepEqual(
      [...said.matchAll(/step (\d+);/g)].map(([, step]) => Number(step)),
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    assert.match(said, /The engine is back/);
  });

  it("says at Ctrl-C that the job goes on, and how to see and to end it", async () => {
    const follower = home.start(["run", "counts", "-p", "to=1000", "--follow"]);
    let said = "";
    follower.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    const exit = new Promise((resolve) => follower.once("exit", resolve));
    await heard(follower, /step 1;/);
    follower.kill("SIGINT");
    assert.equal(await exit, 1);
    const [job] = await home.json(["job", "list"]);
    assert.match(said, new RegExp(`runwright job logs ${job.id} --follow, or end it with: runwright job stop ${job.id}`));
    assert.notEqual(job.status, "stopped");
  });

  it("fails at once where no engine was reached", async () => {
    const { code, stderr } = await home.run(["job", "logs", "job_x", "--follow"], { env: { RUNWRIGHT_URL: "http://127.0.0.1:9", RUNWRIGHT_TOKEN: "x" } });
    assert.deepEqual([code, /ENGINE_UNREACHABLE/.test(stderr)], [1, true]);
  });
});
