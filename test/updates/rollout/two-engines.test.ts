import assert from "node:assert/strict";
import pg from "pg";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { createCommandSeal } from "../../../engine/fleet/command-seal.ts";
import { createCommands } from "../../../engine/fleet/commands.ts";
import { createConnections } from "../../../engine/fleet/connections.ts";
import { openStore, type Store, type Writes } from "../../../engine/store/store.ts";
import { recordInstall } from "../../../engine/updates/install-history.ts";
import { reconcileLateReport } from "../../../engine/updates/rollout/late-reports.ts";
import { letGoAtLast } from "../../../engine/updates/rollout/lock-holder.ts";
import { requireUnheld } from "../../../engine/updates/rollout/unheld.ts";
import { ACTOR } from "../../agent/engine-under-test.ts";
import { aCommand, aJob } from "../../contract/rows.ts";
import { eventually } from "../../support/eventually.ts";
import { type Postgres, startPostgres } from "../../support/postgres.ts";
import { installed, type World, world } from "./world.ts";

/** What is committed by one engine in the midst of what another one does. */
describe("a rollout and another engine at the same moment", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  let w: World;
  let other: Store;
  /** Holds what a test wants held up. */
  let client: pg.Client;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    const url = await postgres.newDatabase();
    w = await world(() => openStore(url));
    other = await openStore(url);
    client = new pg.Client({ connectionString: url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await other.stop();
    await w.stop();
  });

  const waiting = async (): Promise<number> => Number((await client.query("select count(*) from pg_locks where not granted")).rows[0].count);
  /** Until so many wait for what others hold, or it has got through. */
  async function held<T>(work: Promise<T>, howMany = 1): Promise<void> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    await eventually("it waits", async () => isDone || (await waiting()) >= howMany);
  }
  /** A transaction of the other engine that has done this, and ends when it is told to. */
  async function midway<T>(work: (tx: Writes) => Promise<T>): Promise<{ commit(): Promise<T> }> {
    const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const written = other.write(async (tx) => {
      const value = await work(tx);
      begun.resolve();
      await gate.promise;
      return value;
    });
    await Promise.race([begun.promise, written]);
    return {
      commit() {
        gate.resolve();
        return written;
      },
    };
  }

  it("takes a machine that is let go just when it was found to be held", async () => {
    await w.deploy(["a"]);
    await w.store.write((tx) => tx.deployments.takeMachine("a", "dpl_0", w.clock.now()));
    // A statement that inserts nothing fires it, too.
    await client.query(`create function holds_up() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(7); return null; end $$`);
    await client.query(`create trigger holds_up after insert on "machineLocks" for each statement execute function holds_up()`);
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock(7)");
    const taken = w.store.write((tx) => tx.deployments.takeMachine("a", "dpl_1", w.clock.now()));
    await held(taken);
    await client.query(`delete from "machineLocks"`);
    await client.query("commit");
    assert.equal((await taken).deploymentId, "dpl_1");
  });

  it("sends nothing for a job that is ended while its command is stored", async () => {
    await w.addMachine("a");
    await w.store.write((tx) => tx.jobs.insert(aJob({ id: "job_9" }), "ada"));
    const key = { seal: () => new Uint8Array(1), open: () => "{}" };
    const commands = createCommands({
      ...{ store: w.store, clock: w.clock, connections: createConnections(), engineId: "eng_1" },
      seal: createCommandSeal({ newKey: () => ({ wrapped: new Uint8Array(1), key }), unwrap: () => key }),
      log: { info() {}, warn() {}, error() {} },
    });
    const stopping = await midway((tx) => tx.jobs.move("job_9", null, { to: "stopped", reason: "", at: w.clock.now(), by: "ada" }));
    const sent = commands.enqueue({ id: "job_9.1", machineId: "a", action: "exec", args: {}, jobId: "job_9", actor: ACTOR, correlationId: "c" });
    sent.catch(() => {});
    await held(sent);
    await stopping.commit();
    await assert.rejects(sent, { code: "CONFLICT" });
    assert.equal(await w.store.read.commands.get("job_9.1"), undefined);
  });

  it("lets a machine go whose reboot ends just when the deployment does", async () => {
    w.scripts.set("a", {
      install: () => ({ rebootPending: true }),
      reboot() {
        throw new RunwrightError("COMMAND_EXPIRED", "it isn't back");
      },
    });
    await w.deploy(["a", "b"]);
    await w.rollout.begin(w.call(), "a");
    await w.rollout.install(w.call(), "a");
    const permit = await w.rollout.askReboot(w.call(), "a");
    assert.ok(permit.go);
    await w.rollout.reboot(w.call(), "a", permit.fence);
    // What becomes of those that weren't reached comes last.
    await client.query("begin");
    await client.query(`select * from "deploymentMachines" where "machineId" = 'b' for update`);
    const ending = w.rollout.end(w.call(), {});
    await held(ending);
    const id = (await w.machine("a")).rebootCommand ?? "";
    const word = other.write(async (tx) => {
      const command = await tx.commands.hold(id);
      assert.ok(command);
      await tx.commands.patch(id, { status: "completed", unheard: false });
      await letGoAtLast(tx, { command, at: w.clock.now() });
    });
    await held(word, 2);
    await client.query("commit");
    await ending;
    await word;
    assert.deepEqual(await w.store.read.deployments.locks(["a"]), []);
  });

  describe("when another job asks for the same machine", () => {
    const id = { jobId: "job_9", call: 1, retry: 0 };
    const send = async (tx: Writes) => {
      await requireUnheld(tx, id, { machineId: "a", at: w.clock.now() });
      await tx.commands.insert(aCommand({ id: "job_9.1", machineId: "a", action: "install", deadlineAt: w.clock.now() + 60_000 }));
    };
    beforeEach(() => w.deploy(["a"]));

    it("waits with its turn for what is being stored for that one", async () => {
      const sending = await midway(send);
      const beginning = w.rollout.begin(w.call(), "a");
      await held(beginning);
      await sending.commit();
      const begun = await beginning;
      assert.ok(!begun.go && begun.again, JSON.stringify(begun));
      assert.deepEqual(await w.store.read.deployments.locks(["a"]), []);
    });

    it("keeps it from that one when its turn is just beginning", async () => {
      await client.query("begin");
      await client.query(`select * from "deploymentMachines" for update`);
      const beginning = w.rollout.begin(w.call(), "a");
      await held(beginning);
      const sending = other.write(send);
      sending.catch(() => {});
      await held(sending, 2);
      await client.query("commit");
      await assert.rejects(sending, { code: "CONFLICT" });
      assert.ok((await beginning).go);
      assert.equal(await w.store.read.commands.get("job_9.1"), undefined);
    });
  });

  describe("when a report comes at the end of the machine's turn", () => {
    let command: string;
    beforeEach(async () => {
      w.scripts.set("a", {
        install() {
          throw new RunwrightError("COMMAND_EXPIRED", "no result came in time");
        },
      });
      await w.deploy(["a"], { allowedFailures: 5 });
      await w.rollout.begin(w.call(), "a");
      await w.rollout.install(w.call(), "a");
      command = (await w.machine("a")).installCommand ?? "";
    });

    /** As an engine takes it in. */
    const takeReport = (at: number) => async (tx: Writes) => {
      const found = await tx.commands.hold(command);
      assert.ok(found);
      await tx.commands.patch(command, { status: "completed", endedAt: at, unheard: false });
      const report = { packageManager: "apt", rebootPending: false, rebootReasons: [], repairs: [], resumed: 0, logFile: "/x", updates: [installed()] };
      const chosen = { updates: [{ name: "bash", architecture: "amd64", version: "1.1" }] };
      const ended = { command: found, args: () => chosen, outcome: { status: "completed", value: report } as const, at };
      await recordInstall(tx, ended);
      await reconcileLateReport(tx, ended);
      await letGoAtLast(tx, ended);
    };
    const isFree = async () => assert.deepEqual(await w.store.read.deployments.locks(["a"]), []);

    it("ends the turn by the report that is being taken in", async () => {
      const report = await midway(takeReport(w.clock.now()));
      const finishing = w.rollout.finish(w.call(), "a", {});
      await held(finishing);
      await report.commit();
      await finishing;
      assert.equal((await w.machine("a")).status, "Succeeded");
      await isFree();
    });

    it("mends by the report the end that was decided without it, and lets the machine go", async () => {
      const at = w.clock.now();
      await client.query("begin");
      await client.query(`select * from "deploymentMachines" for update`);
      w.clock.advance({ seconds: 1 });
      const finishing = w.rollout.finish(w.call(), "a", {});
      await held(finishing);
      const report = other.write(takeReport(at));
      await held(report, 2);
      await client.query("commit");
      await finishing;
      await report;
      const { status, message } = await w.machine("a");
      assert.deepEqual([status, message], ["SucceededWithWarnings", "1 update installed; reported 0 min late, it had counted as MaintenanceWindowExceeded"]);
      await isFree();
    });
  });
});
