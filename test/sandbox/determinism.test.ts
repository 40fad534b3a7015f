import assert from "node:assert/strict";
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
