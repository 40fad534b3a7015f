import assert from "node:assert/strict";
import { type Rig, rig } from "../http/rig.ts";
import { webhooksOf } from "../http/webhook-rig.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

describe("a webhook of two engines", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let engines: [Rig, Rig];

  before(async () => {
    postgres = await startPostgres();
    const address = await postgres.newDatabase();
    engines = [await rig({ address }), await rig({ address })];
  });
  after(async () => {
    for (const engine of engines ?? []) await engine.stop();
    await postgres.stop();
  });

  it("makes one delivery of the same request to both at the same moment, and answers the same", async () => {
    const [here, there] = engines.map(webhooksOf) as [ReturnType<typeof webhooksOf>, ReturnType<typeof webhooksOf>];
    await here.publish("echo");
    const path = await here.make("shared", { rateLimit: { perSecond: 1_000, burst: 1_000 } });
    for (let round = 0; round < 20; round++) {
      const key = { "idempotency-key": `round-${round}` };
      const answers = await Promise.all([here, there, here, there].map((one) => one.send(path, "{}", key)));
      assert.deepEqual(new Set(answers.map(({ status, body }) => `${status} ${body.jobIds}`)).size, 1, JSON.stringify(answers.map((one) => one.body)));
      assert.equal(answers[0]?.status, 202);
    }
    assert.equal((await here.deliveries("shared", "?limit=500")).length, 20);
    await here.put("shared", { enabled: false });
    assert.equal((await there.send(path)).status, 404, "a change holds at once at every engine");
  });
});
