import assert from "node:assert/strict";
import { isRunwrightError } from "../../engine/core/errors.ts";
import type { MissingUpdate } from "../../engine/core/update.ts";
import type { ActivityEntry } from "../../engine/store/records/activity.ts";
import { packageSet } from "../../engine/store/records/package-sets.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { AT, aJob, aMachine, rows } from "./rows.ts";

const entry = (target: string): ActivityEntry => ({
  at: AT,
  actorId: "prn_1",
  actorKind: "user",
  actorName: "ada",
  address: "127.0.0.1",
  operation: "job.run",
  target,
  scope: "/prod",
  result: "ok",
  correlationId: "c1",
});

interface Kind {
  name: string;
  open(): Promise<Store>;
}

let postgres: Postgres;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

const KINDS: Kind[] = [
  { name: "SQLite in memory", open: () => openStore("memory:") },
  { name: "a SQLite file", open: async () => openStore(`sqlite:${directory.path}`) },
  { name: "PostgreSQL 18", open: async () => openStore(await postgres.newDatabase()) },
];

describe("the store contract", function () {
  this.timeout(60_000);
  before(async () => {
    directory = await temporaryDirectory();
    postgres = await startPostgres();
  });
  after(async () => {
    await postgres.stop();
    await directory.remove();
  });

  for (const kind of KINDS) {
    describe(`with ${kind.name}`, () => {
      let store: Store;
      before(async () => {
        store = await kind.open();
        await store.write((tx) => rows(tx));
      });
      after(() => store.stop());

      it("answers a writer after its commit, with what it returned", async () => {
        assert.equal(await store.write(async (tx) => tx.meta.set("colour", "green").then(() => 7)), 7);
        assert.equal(await store.read.meta.get("colour"), "green");
      });

      it("lets writers of one tick share a transaction, in order, and undoes alone the one that throws", async () => {
        const before = store.describe();
        const seen: number[] = [];
        const results = await Promise.allSettled(
          [1, 2, 3].map((n) =>
            store.write(async (tx) => {
              seen.push(n);
              await tx.meta.set(`shared${n}`, "yes");
              tx.activity.append(entry(`shared${n}`));
              if (n === 2) throw new Error("no");
            }),
          ),
        );
        assert.deepEqual(
          results.map((result) => result.status),
          ["fulfilled", "rejected", "fulfilled"],
        );
        assert.deepEqual(seen, [1, 2, 3]);
        assert.equal(await store.read.meta.get("shared2"), undefined);
        assert.equal(await store.read.meta.get("shared3"), "yes");
        assert.equal(store.describe().groups - before.groups, 1);
        const targets = (await store.read.activity.list({ scopes: ["/prod"], limit: 10 })).map((row) => row.target);
        assert.deepEqual(targets, ["shared3", "shared1"]);
      });

      it("shows readers nothing of a transaction that isn't committed", async () => {
        let seen: string | undefined = "not read";
        if (kind.name === "SQLite in memory") {
          // One connection: the reader waits for the writer.
          await store.write((tx) => tx.meta.set("hidden", "now visible"));
          seen = undefined;
        } else {
          await store.write(async (tx) => {
            await tx.meta.set("hidden", "now visible");
            seen = await store.read.meta.get("hidden");
          });
        }
        assert.equal(seen, undefined);
        assert.equal(await store.read.meta.get("hidden"), "now visible");
      });

      it("chains the activity log so that an altered entry is found", async () => {
        await store.write(async (tx) => tx.activity.append({ ...entry("t"), details: { b: 1, a: [null, "x"] } }));
        const { entries, firstBroken } = await store.read.activity.verify();
        assert.equal(firstBroken, null);
        assert.ok(entries >= 1);
      });

      it("hands a queued job to one claim only, highest priority first", async () => {
        await store.write(async (tx) => {
          await tx.jobs.insert(aJob({ id: "job_low" }), "ada");
          await tx.jobs.insert(aJob({ id: "job_high", priority: 5 }), "ada");
        });
        const claim = () => store.write((tx) => tx.jobs.claim({ engine: "eng_1", now: AT, leaseUntil: AT + 1_000, limit: 1 }));
        const claims = [await claim(), await claim(), await claim()].map((jobs) => jobs.map((job) => job.id));
        assert.deepEqual(claims, [["job_high"], ["job_low"], []]);
        const job = await store.read.jobs.get("job_high");
        assert.deepEqual([job?.status, job?.attempt, job?.fence, job?.engine, job?.startedAt], ["running", 1, 1, "eng_1", AT]);
      });

      it("changes nothing for a writer with an old fence", async () => {
        await store.write((tx) => tx.jobs.insert(aJob({ id: "job_fenced" }), "ada"));
        await store.write((tx) => tx.jobs.claim({ engine: "eng_1", now: AT, leaseUntil: AT + 1_000, limit: 10 }));
        await store.write((tx) => tx.jobs.move("job_fenced", null, { to: "queued", at: AT, by: "reaper", reason: "lease ended" }));
        const moved = await store.write((tx) => tx.jobs.move("job_fenced", 1, { to: "completed", at: AT, by: "eng_1", reason: "late" }));
        assert.equal(moved, undefined);
        assert.equal((await store.read.jobs.get("job_fenced"))?.status, "queued");
      });

      it("stops a job that begins to wait, or whose runner dies, when it was to be stopped", async () => {
        for (const to of ["waiting", "queued"] as const) {
          const id = `job_unwanted_${to}`;
          await store.write((tx) => tx.jobs.insert(aJob({ id, priority: 50 }), "ada"));
          await store.write((tx) => tx.jobs.claim({ engine: "eng_1", now: AT, leaseUntil: AT + 1_000, limit: 1 }));
          await store.write((tx) => tx.jobs.move(id, null, { to: "stopping", at: AT, by: "ada", reason: "stop was asked for" }));
          const moved = await store.write((tx) => tx.jobs.move(id, 1, { to, at: AT, by: "eng_1", reason: "", wakeAt: AT + 5 }));
          assert.deepEqual([moved?.status, moved?.wakeAt, moved?.endedAt], ["stopped", null, AT]);
        }
      });

      it("refuses to move a job that has ended, and says so", async () => {
        await store.write((tx) => tx.jobs.insert(aJob({ id: "job_over" }), "ada"));
        await store.write((tx) => tx.jobs.move("job_over", null, { to: "stopped", at: AT, by: "ada", reason: "no need" }));
        await assert.rejects(
          store.write((tx) => tx.jobs.move("job_over", null, { to: "running", at: AT, by: "x", reason: "" })),
          (error) => isRunwrightError(error, "JOB_FINAL") && /job_over is stopped/.test(error.message),
        );
        const transitions = await store.read.jobs.transitions("job_over");
        assert.deepEqual(
          transitions.map(({ from, to, by }) => ({ from, to, by })),
          [
            { from: null, to: "queued", by: "ada" },
            { from: "queued", to: "stopped", by: "ada" },
          ],
        );
      });

      it("keeps bytes, flags and nested values as they were", async () => {
        const outcome = new Uint8Array([0, 255, 10, 0]);
        const call = {
          jobId: "job_j",
          call: 1,
          op: "http.fetch",
          effect: "read" as const,
          argsJson: JSON.stringify({ a: ['"', "\u0000x", null] }),
          argsHash: "ff",
          issuedAt: AT,
          retry: 0,
          settleOrder: null,
          outcome: null,
          settledAt: null,
        };
        await store.write((tx) => tx.journal.put({ ...call, argsJson: JSON.stringify({ a: ['"', null] }) }));
        await store.write((tx) => tx.journal.put({ ...call, argsJson: JSON.stringify({ a: ['"', null] }), settleOrder: 1, outcome, settledAt: AT + 5 }));
        const [record] = await store.read.journal.list("job_j");
        assert.deepEqual([...(record?.outcome ?? [])], [...outcome]);
        assert.equal(record?.argsJson, JSON.stringify({ a: ['"', null] }));
        assert.equal(record?.settledAt, AT + 5);
      });

      it("shows the calls of a journal page by page, without the outcomes", async () => {
        const call = { jobId: "job_calls", op: "sleep", effect: "read" as const, argsHash: "ff", issuedAt: AT, retry: 0, settledAt: AT + 5 };
        const sealed = { ...call, argsJson: '{"a":1}', outcome: new Uint8Array([1]) };
        await store.write(async (tx) => {
          for (const n of [3, 1, 2]) await tx.journal.put({ ...sealed, call: n, settleOrder: n });
          await tx.journal.put({ ...sealed, jobId: "job_calls_of_another", call: 2, settleOrder: 1 });
        });
        assert.deepEqual(await store.read.journal.calls("job_calls", { after: 0, limit: 1 }), [{ ...call, call: 1, settleOrder: 1, args: { a: 1 } }]);
        assert.deepEqual(
          await store.read.journal.places("job_calls"),
          [1, 2, 3].map((n) => ({ ...call, call: n, settleOrder: n })),
        );
        const rest = await store.read.journal.calls("job_calls", { after: 1, limit: 10 });
        assert.deepEqual(
          rest.map((one) => one.call),
          [2, 3],
        );
      });

      it("finds jobs of the scopes that are allowed only", async () => {
        await store.write(async (tx) => {
          await tx.jobs.insert(aJob({ id: "job_s1", scope: "/team-a" }), "ada");
          await tx.jobs.insert(aJob({ id: "job_s2", scope: "/team-a/web" }), "ada");
          await tx.jobs.insert(aJob({ id: "job_s3", scope: "/team-ab" }), "ada");
        });
        const ids = async (scopes: string[]) =>
          (await store.read.jobs.list({ scopes, limit: 100 })).map((job) => job.id).filter((id) => id.startsWith("job_s"));
        assert.deepEqual(await ids(["/team-a"]), ["job_s2", "job_s1"]);
        assert.deepEqual(await ids([]), []);
        assert.deepEqual(await ids(["/"]), ["job_s3", "job_s2", "job_s1"]);
      });

      it("takes 100,000 packages in one transaction, which count with their assessment alone, and keeps one current assessment a machine", async () => {
        const installed = Array.from({ length: 100_000 }, (_, n) => ({ name: `package-${n}`, architecture: "amd64", version: `1.${n}`, held: n % 2 === 0 }));
        const assessment = (id: string, sequence: number, digest: string) => ({
          id,
          machineId: "mch_1",
          packageManager: "apt",
          sequence,
          collectedAt: AT,
          receivedAt: AT,
          listsUpdatedAt: null,
          rebootPending: true,
          rebootReasons: ["linux-image"],
          compliance: "noncompliant" as const,
          counts: { security: 2 },
          problems: [],
          installedCount: 3,
          digest,
          verdicts: { approved: 2 },
          judgeAgainAt: null,
        });
        await store.write(async (tx) => {
          await tx.updates.putPackages("mch_1", await packageSet("first", installed));
          await tx.updates.insertAssessment(assessment("asm_1", 1, "first"));
        });
        const packages = await store.read.updates.packages("mch_1");
        assert.equal(packages.length, installed.length);
        assert.deepEqual(
          await store.read.updates.packages("mch_1", ["package-2", "package-3"]),
          installed.filter(({ name }) => name === "package-2" || name === "package-3"),
        );
        await store.write((tx) => tx.updates.insertAssessment(assessment("asm_2", 2, "of an engine that knows no sets")));
        assert.deepEqual(await store.read.updates.packages("mch_1"), []);
        assert.equal((await store.read.updates.currentAssessment("mch_1"))?.id, "asm_2");
        assert.equal((await store.read.updates.history("mch_1", 10)).length, 2);
      });

      it("joins missing updates with their machines by scope", async () => {
        const update: MissingUpdate = {
          kind: "package",
          name: "openssl",
          architecture: "amd64",
          installedVersion: "1",
          candidateVersion: "2",
          classification: "security",
          severity: "important",
          origin: "Debian-Security",
          held: false,
          phased: false,
          rebootBehaviour: "unknown",
          cves: ["CVE-2026-1"],
          advisories: [],
        };
        await store.write(async (tx) => {
          await tx.machines.insert(aMachine({ id: "mch_u", name: "web1", scope: "/prod" }));
          await tx.updates.replaceUpdates("mch_u", [
            { ...update, machineId: "mch_u", firstSeenAt: AT, verdict: "approved", exploitedSince: null, epss: null, reported: null, dueAt: null },
          ]);
        });
        const [found] = await store.read.updates.list({ scopes: ["/prod"], limit: 10 });
        assert.deepEqual(found, {
          ...{ ...update, machineId: "mch_u", machine: "web1", firstSeenAt: AT, verdict: "approved", dueAt: null },
          ...{ exploitedSince: null, epss: null, reported: null },
        });
        assert.deepEqual(await store.read.updates.list({ scopes: ["/test"], limit: 10 }), []);
      });

      it("stores a command once, however often it is asked for", async () => {
        const command = {
          id: "job_1:1",
          machineId: "mch_1",
          action: "exec",
          wrappedKey: new Uint8Array([1, 0, 255]),
          args: new Uint8Array([0, 255, 10, 0]),
          status: "queued" as const,
          result: null,
          jobId: "job_1",
          actor: { id: "prn_1", kind: "user" as const, name: "ada", grants: [] },
          correlationId: "c",
          createdAt: AT,
          deadlineAt: AT + 1,
          sentAt: null,
          acknowledgedAt: null,
          endedAt: null,
        };
        assert.deepEqual([await store.write((tx) => tx.commands.insert(command)), await store.write((tx) => tx.commands.insert(command))], [true, false]);
        const result = new Uint8Array([0, 1, 254]);
        await store.write((tx) => tx.commands.patch(command.id, { result }));
        const chunk = { commandId: command.id, seq: 1, stream: "stdout" as const, chunk: new Uint8Array([0, 200]), at: AT };
        for (const _ of ["sent", "sent again"]) await store.write((tx) => tx.commands.appendOutput([chunk]));
        const kept = await store.read.commands.get(command.id);
        assert.ok(kept?.result);
        assert.deepEqual(
          [kept.wrappedKey, kept.args, kept.result].map((bytes) => [...bytes]),
          [[1, 0, 255], [0, 255, 10, 0], [...result]],
        );
        const output = await store.read.commands.output(command.id, { after: 0, limit: 10 });
        assert.deepEqual(
          output.map((one) => [one.seq, [...one.chunk]]),
          [[1, [0, 200]]],
        );
      });
    });
  }
});
