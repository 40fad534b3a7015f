import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isFinal } from "../../engine/core/job.ts";
import type { Job, Transition } from "../../engine/protocol/http/jobs.ts";
import { type Chance, createChance } from "./chance.ts";
import { expectedMilestones, publishWorkload, startWork, type Worked } from "./workload.ts";
import { startWorld, type World } from "./world.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const JOBS = LONG ? 200 : 24;
const KILLS = LONG ? 50 : 5;
const GIVEN_SEED = process.env.TEST_FAULT_SEED;

/**
 * Engines, runners, agents and the database are killed at random while jobs run; whatever an effect reaches counts it. `TEST_FAULT_SEED` repeats a choice
 * of faults; when exactly each of them strikes is up to the machine.
 */
describe("jobs among random faults", function () {
  this.timeout(900_000);
  let world: World;
  before(async () => {
    world = await startWorld({ engines: 2, agents: 3 });
  });
  after(() => world.stop());

  it(`end, ${JOBS} of them over ${KILLS} kills, with nothing lost and nothing done twice`, async () => {
    const seed = GIVEN_SEED === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(GIVEN_SEED);
    console.log(`        seed ${seed}`);
    await publishWorkload(world);
    const engineKills: number[] = [];
    const done = new AbortController();
    const ids: string[] = [];
    const faults = strike(createChance(seed), engineKills, (kills) => (kills / KILLS) * JOBS <= ids.length, done.signal);
    // Jobs are asked for all the while, so that each fault finds some in each of their steps.
    const starting: Promise<void>[] = [];
    for (let n = 0; n < JOBS; n++) {
      starting.push(
        startWork(world, n).then((id) => {
          ids[n] = id;
        }),
      );
      if (starting.length % 4 === 3) await Promise.all(starting);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await Promise.all(starting);
    const struck = await faults;
    const jobs: Job[] = [];
    for (const id of ids) jobs.push(await ended(id));
    done.abort();

    let lost = 0;
    let doubled = 0;
    let interrupted = 0;
    let resent = 0;
    const traces = new Map<string, number>();
    for (const { name } of world.agents) {
      const text = await readFile(join(world.folder, name), "utf8").catch(() => "");
      for (const mark of text.split("\n").filter((line) => line !== "")) traces.set(mark, (traces.get(mark) ?? 0) + 1);
    }
    assert.equal(new Set(ids).size, JOBS, "each job was made once, however often it was asked for");
    for (const [n, job] of jobs.entries()) {
      assert.equal(job.status, "completed", `job ${n}: ${JSON.stringify(job)}`);
      const outputs = job.outputs ?? [];
      const worked = outputs.at(-1) as Worked;
      if (JSON.stringify(outputs.slice(0, -1)) !== JSON.stringify(expectedMilestones)) doubled++;
      for (const path of [`/effects/${n}/first`, `/effects/${n}/second`, `/effects/${n}/last`]) {
        const keys = world.receiver.keysOf(path);
        if (keys.length === 0) lost++;
        if (keys.length > 1) resent++;
        assert.equal(new Set(keys).size, 1, `the same request has the same key: ${path} ${keys}`);
        assert.ok(keys[0], "and it has one");
      }
      for (const { mark, outcome } of worked.commands) {
        const times = traces.get(mark) ?? 0;
        if (times > 1) doubled++;
        if (outcome === "done" && times === 0) lost++;
        if (outcome === "AGENT_OFFLINE") assert.equal(times, 0, `${mark} wasn't sent, and was done`);
        else if (outcome !== "done") interrupted++;
        assert.ok(["done", "COMMAND_INTERRUPTED", "COMMAND_EXPIRED", "AGENT_OFFLINE"].includes(outcome), `${mark}: ${outcome}`);
      }
      const { items: children } = await world.ask<{ items: Job[] }>("GET", `/api/v1/jobs?parent=${job.id}`);
      const wanted = n % 4 === 0 ? 2 : 1;
      if (children.length > wanted) doubled++;
      if (children.length < wanted) lost++;
      assert.deepEqual(worked.children.map(({ id }) => id).sort(), children.map(({ id }) => id).sort());
      for (const child of worked.children) assert.equal(new Set(world.receiver.keysOf(`/child/${child.n}`)).size, 1);
    }
    const failovers = await failoversOf(jobs, engineKills);
    const at = (share: number) => failovers[Math.min(failovers.length - 1, Math.floor(failovers.length * share))] ?? 0;
    const of = Object.entries(struck).map(([what, times]) => `${times} ${what}`);
    console.log(
      `        ${KILLS} kills (${of.join(", ")}): ${JOBS} jobs, ${lost} lost, ${doubled} doubled; ${interrupted} commands interrupted and told so, ${resent} requests sent again; ` +
        `failover of ${failovers.length} attempts p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`,
    );
    assert.deepEqual([lost, doubled], [0, 0]);
    assert.ok(at(0.95) < 15_000, "jobs of a dead engine go on within 15 s");
  });

  async function ended(id: string): Promise<Job> {
    const end = performance.now() + 180_000;
    for (;;) {
      const job = await world.ask<Job>("GET", `/api/v1/jobs/${id}`);
      if (isFinal(job.status)) return job;
      if (performance.now() > end) {
        const { items } = await world.ask<{ items: Transition[] }>("GET", `/api/v1/jobs/${id}/transitions`);
        const journal = await world.ask<{ items: unknown[] }>("GET", `/api/v1/jobs/${id}/journal`);
        throw new Error(`job ${id} doesn't end: ${JSON.stringify({ job, items, journal: journal.items.slice(-3) })}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Kills one thing after the other; what is killed comes back after a while. @returns how often each was struck */
  async function strike(chance: Chance, engineKills: number[], mayGoOn: (kills: number) => boolean, signal: AbortSignal): Promise<Record<string, number>> {
    const struck: Record<string, number> = { engines: 0, runners: 0, agents: 0, databases: 0 };
    const left: ("engines" | "runners" | "agents" | "databases")[] = [];
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    for (let kills = 0; kills < KILLS && !signal.aborted; kills++) {
      await pause(chance.between(200, 900));
      while (!mayGoOn(kills)) await pause(50);
      // Each of them in turn, in an order of chance.
      if (left.length === 0) left.push("engines", "runners", "agents", "databases");
      const what = chance.oneOf(left);
      left.splice(left.indexOf(what), 1);
      struck[what] = (struck[what] ?? 0) + 1;
      if (what === "engines") {
        const slot = chance.oneOf(world.engines);
        engineKills.push(Date.now());
        await slot.kill();
        // Sometimes it is back before its leases end, sometimes the other one takes its jobs over.
        await pause(chance.between(0, 10_000));
        await slot.start();
      } else if (what === "runners") {
        const runners = chance.oneOf(world.engines).running?.children() ?? [];
        for (const pid of runners) process.kill(pid, "SIGKILL");
      } else if (what === "agents") {
        const slot = chance.oneOf(world.agents);
        await slot.kill();
        await pause(chance.between(0, 1_000));
        slot.start();
      } else {
        await world.postgres.kill();
        await pause(chance.between(0, 2_000));
        await world.postgres.restart();
      }
    }
    return struck;
  }

  /** How long jobs stood still after their engine was killed, milliseconds, sorted. */
  async function failoversOf(jobs: readonly Job[], engineKills: readonly number[]): Promise<number[]> {
    const found: number[] = [];
    for (const { id } of jobs) {
      const { items } = await world.ask<{ items: Transition[] }>("GET", `/api/v1/jobs/${id}/transitions`);
      for (const [i, lost] of items.entries()) {
        if (lost.to !== "queued" || !/lease|started anew/.test(lost.reason)) continue;
        const again = items.slice(i).find(({ to }) => to === "running");
        const killedAt = engineKills.filter((at) => at <= Date.parse(lost.at)).at(-1);
        if (again && killedAt !== undefined) found.push(Date.parse(again.at) - killedAt);
      }
    }
    return found.sort((a, b) => a - b);
  }
});
