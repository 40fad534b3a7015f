import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { createRig, type Rig, STARTED_AT } from "./rig.ts";

const OBSERVED = `
const observe = () => ({
  date: [Date.now(), new Date().getTime(), Date(), new Date().toString(), new Date(2026, 0, 1).toISOString(), new Date(0).getTimezoneOffset(), typeof new (class extends Date {})().getTime()],
  temporal: [Temporal.Now.instant().toString(), Temporal.Now.plainDateISO().toString(), Temporal.Now.plainTimeISO().toString(), Temporal.Now.plainDateTimeISO("Asia/Tokyo").toString(), Temporal.Now.zonedDateTimeISO().toString(), Temporal.Now.timeZoneId()],
  intl: [new Intl.DateTimeFormat().format(), new Intl.DateTimeFormat("de", { timeStyle: "full" }).format(), new Intl.DateTimeFormat().formatToParts().map((part) => part.value).join(""), Intl.DateTimeFormat().resolvedOptions().timeZone, Intl.NumberFormat().resolvedOptions().locale, new Date().toLocaleString(), (1234.5).toLocaleString(), "ä".localeCompare("z")],
  random: [Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(20))], crypto.getRandomValues(new Uint32Array(2)).length],
});
output(observe()); await sleep(1); output(observe());`;

describe("determinism", () => {
  let rig: Rig;
  before(() => {
    rig = createRig({ runners: 2 });
  });
  after(() => rig.stop());

  it("shows job time everywhere: it stands still between outcomes, in UTC and en-US", async () => {
    const { outputs } = await rig.finish(OBSERVED);
    const [first, second] = outputs as [Record<string, unknown[]>, Record<string, unknown[]>];
    const start = new Date(STARTED_AT);
    assert.deepEqual(first.date, [
      STARTED_AT,
      STARTED_AT,
      "Thu Jan 15 2026 12:00:00 GMT+0000 (Coordinated Universal Time)",
      "Thu Jan 15 2026 12:00:00 GMT+0000 (Coordinated Universal Time)",
      "2026-01-01T00:00:00.000Z",
      0,
      "number",
    ]);
    assert.deepEqual(first.temporal, ["2026-01-15T12:00:00Z", "2026-01-15", "12:00:00", "2026-01-15T21:00:00", "2026-01-15T12:00:00+00:00[UTC]", "UTC"]);
    const formatted = new Intl.DateTimeFormat("en-US", { timeZone: "UTC" }).format(start);
    assert.deepEqual(first.intl, [
      formatted,
      "12:00:00 Koordinierte Weltzeit",
      formatted,
      "UTC",
      "en-US",
      start.toLocaleString("en-US", { timeZone: "UTC" }),
      "1,234.5",
      -1,
    ]);
    assert.equal(second.date?.[0], STARTED_AT + 1_000, "job time is that of the last outcome");
  });

  it("has V8's own Temporal, but for its clock, also when its classes were reached by another way before", async () => {
    const shape = `(() => {
      const own = (value) => Reflect.ownKeys(value).map((key) => { const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(value, key); return [String(key), writable, enumerable, configurable]; });
      const methods = Object.getOwnPropertyNames(Temporal.Now).map((name) => [name, Temporal.Now[name].name, Temporal.Now[name].length, "prototype" in Temporal.Now[name]]);
      return [own(Temporal), own(Temporal.Now), methods, String(Temporal), String(Temporal.Now), Object.getPrototypeOf(Temporal) === Object.prototype, own(globalThis).find(([key]) => key === "Temporal"), Object.keys(globalThis).includes("Temporal")];
    })()`;
    const { outputs } = await rig.finish(`
      const first = new Date(0).toTemporalInstant();
      output([first instanceof Temporal.Instant, Temporal.Now.instant().epochMilliseconds, Temporal.Instant.from("2026-01-01T00:00Z").until(Temporal.Instant.from("2026-01-02T00:00Z")) instanceof Temporal.Duration, Temporal === Temporal]);
      output(JSON.parse(JSON.stringify(${shape})));`);
    assert.deepEqual(outputs?.[0], [true, STARTED_AT, true, true]);
    assert.deepEqual(outputs?.[1], JSON.parse(JSON.stringify(runInNewContext(shape))));
  });

  it("lets a library put another Temporal in its place", async () => {
    const { outputs } = await rig.finish("globalThis.Temporal = { Now: 1 }; output([Temporal.Now, Object.getOwnPropertyDescriptor(globalThis, 'Temporal')]);");
    assert.deepEqual(outputs, [[1, { value: { Now: 1 }, writable: true, enumerable: false, configurable: true }]]);
  });

  it("sleeps until an instant, a zoned time or a date, and until nothing else", async () => {
    const until = (what: string) => rig.finish(`await sleep(${what}); output(Date.now());`);
    for (const what of [
      `new Date(${STARTED_AT} + 50).toTemporalInstant()`,
      `Temporal.Now.instant().add({ milliseconds: 50 })`,
      `Temporal.Now.zonedDateTimeISO("Asia/Tokyo").add({ milliseconds: 50 })`,
      `new Date(${STARTED_AT} + 50)`,
    ]) {
      const { ending, outputs } = await until(what);
      assert.equal(ending.kind, "completed", `${what}: ${JSON.stringify(ending)}`);
      assert.ok(Number(outputs?.[0]) >= STARTED_AT + 50, what);
    }
    for (const what of ["{}", "null", "[]", "Temporal.Now.plainDateISO()", "{ epochMilliseconds: 1 }"]) {
      const { ending } = await until(what);
      assert.equal(ending.kind, "failed", what);
      if (ending.kind === "failed") assert.match(ending.error.message, /sleep needs a duration/, what);
    }
  });

  it("draws the same from the same seed, and something else from another", async () => {
    const same = await Promise.all(Array.from({ length: 4 }, () => rig.finish(OBSERVED)));
    for (const { outputs } of same) assert.deepEqual(outputs, same[0]?.outputs);
    const other = await rig.finish(OBSERVED, { seed: "ff112233445566778899aabbccddeeff" });
    const random = (outputs: unknown[] = []) => (outputs[0] as { random: unknown[] }).random;
    assert.notDeepEqual(random(other.outputs), random(same[0]?.outputs));
    assert.notDeepEqual(random(same[0]?.outputs?.slice(1)), random(same[0]?.outputs));
  });

  it("draws random numbers from 0 to below 1, evenly, and well-formed UUIDs", async () => {
    const { outputs } = await rig.finish(
      `const buckets = new Array(10).fill(0); for (let i = 0; i < 100_000; i++) buckets[Math.floor(Math.random() * 10)]++; output(buckets); output(Array.from({ length: 100 }, () => crypto.randomUUID()));`,
    );
    const [buckets, uuids] = outputs as [number[], string[]];
    // Five standard deviations of a binomial distribution with n = 100,000 and p = 0.1.
    for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 475, `${buckets}`);
    assert.equal(new Set(uuids).size, 100);
    for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("draws what ChaCha20 with the seed as key gives (RFC 8439, block function)", async () => {
    const seed = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const { outputs } = await rig.finish("output([...crypto.getRandomValues(new Uint8Array(64))]);", { seed });
    const { createCipheriv } = await import("node:crypto");
    // Key words are read from the text in big-endian order; the nonce's first word is the stream's number, the counter begins at 0.
    const key = Buffer.from(seed, "hex").swap32();
    const iv = Buffer.alloc(16);
    iv.writeUInt32LE(1, 4);
    const expected = createCipheriv("chacha20", key, iv).update(Buffer.alloc(64));
    assert.deepEqual(outputs, [[...expected]]);
  });
});
