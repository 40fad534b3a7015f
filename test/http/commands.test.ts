import assert from "node:assert/strict";
import type { CommandRecord } from "../../engine/store/records/commands.ts";
import { type Rig, rig } from "./rig.ts";

describe("HTTP: commands", function () {
  this.timeout(30_000);
  let all: Rig;
  before(async () => {
    all = await rig();
    const at = all.clock.now();
    const facts = { state: "online", publicKey: "k".repeat(43), facts: null, tags: {}, enrolledAt: at, enrolledBy: "admin" } as const;
    await all.store.write((tx) =>
      tx.machines.insert({ id: "mch_1", name: "web1", scope: "/", lastSeenAt: at, engine: null, staleSince: null, removedAt: null, ...facts }),
    );
  });
  after(() => all.stop());

  /** A command that has ended, as it is stored: with everything that the machine needed. */
  async function stored(id: string, jobId: string | null): Promise<void> {
    const at = all.clock.now();
    const args = { argv: ["deploy", "--verbose"], env: { TOKEN: "hunter22" }, stdin: "hunter22\n", timeoutMs: 1_000 };
    const begun = all.commandSeal.begin(id, args);
    const command: CommandRecord = {
      ...{ id, machineId: "mch_1", action: "exec", status: "completed", jobId, correlationId: "c1" },
      ...begun,
      result: all.commandSeal.sealResult({ id, ...begun }, { status: "completed", value: { exitCode: 0, stdout: "it wrote hunter22" } }),
      actor: { id: "prn_1", kind: "user", name: "ada", grants: [] },
      ...{ createdAt: at, deadlineAt: at, sentAt: at, acknowledgedAt: at, endedAt: at },
    };
    const written = { commandId: id, seq: 1, stream: "stdout", chunk: "it wrote hunter22", at } as const;
    await all.store.write(async (tx) => {
      await tx.commands.insert(command);
      await tx.commands.appendOutput([all.commandSeal.sealChunk(all.commandSeal.keyOf(command), written)]);
    });
  }

  it("are shown to readers without the values of environment variables and standard input", async () => {
    await stored("cmd_1", null);
    const token = await all.tokenFor("reader", { role: "reader", scope: "/" });
    const { status, body } = await all.ask("GET", "/api/v1/commands/cmd_1", { token });
    assert.equal(status, 200);
    assert.deepEqual(body.args, { argv: ["deploy", "--verbose"], timeoutMs: 1_000, env: { TOKEN: "***" }, stdin: "***" });
    assert.deepEqual(body.result, { status: "completed", value: { exitCode: 0, stdout: "it wrote hunter22" } });
    assert.deepEqual(body.output, [{ seq: 1, stream: "stdout", chunk: "it wrote hunter22" }]);
  });

  it("of jobs are shown without what may hold the job's secrets", async () => {
    await stored("job_1.3", "job_1");
    const { status, body, text } = await all.ask("GET", "/api/v1/commands/job_1.3");
    assert.equal(status, 200);
    assert.deepEqual([body.status, body.jobId, body.args, body.result, body.output], ["completed", "job_1", null, null, []]);
    assert.ok(!text.includes("hunter22"));
  });
});
