import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sign } from "../../engine/webhooks.ts";
import { type CommandHome, commandHome } from "./command.ts";

describe("the command webhook", function () {
  this.timeout(60_000);
  let home: CommandHome;
  before(async () => {
    home = await commandHome();
    await home.serve();
    await writeFile(
      join(home.path, "deploys.ts"),
      `import { runbook, Type } from "runwright";\nexport default runbook({ summary: "d", parameters: Type.Object({ ref: Type.String(), env: Type.String() }), async run({ params, output }) { output(params); } });\n`,
    );
    const published = await home.run(["runbook", "publish", "deploys.ts"]);
    assert.equal(published.code, 0, published.stderr);
    assert.equal((await home.run(["asset", "set", "hub-secret"], { stdin: "s3cret-of-the-hub" })).code, 0);
  });
  after(() => home.remove());

  it("makes a webhook and prints its URL once, sends to it, looks at what came, replays it, and takes it away", async () => {
    const create = ["webhook", "create", "hub", "--runbook", "deploys", "--verify", "github", "--secret", "hub-secret"];
    const made = await home.run([...create, "-m", "ref=/body/ref", "-p", "env=prod"]);
    assert.equal(made.code, 0, made.stderr);
    const url = made.stdout.trim();
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/hooks\/rwh_[A-Za-z0-9_-]{43}$/);
    assert.match(made.stderr, /shown once/);
    const again = await home.run(create);
    assert.deepEqual([again.code, again.stdout], [1, ""], "one that is there isn't changed by making it");
    const token = url.split("/").at(-1) ?? "";
    for (const args of [["list"], ["show", "hub"], ["list", "--json"], ["show", "hub", "--json"]])
      assert.ok(!(await home.run(["webhook", ...args])).stdout.includes(token), args.join(" "));
    assert.match((await home.run(["webhook", "list"])).stdout, /hub +\/ +open +github +deploys/);

    assert.match((await home.run(["webhook", "show", "hub"])).stdout, /^ {4}map:\n {6}ref: \/body\/ref\n[\s\S]*^state +open$/m);

    await writeFile(join(home.path, "body.json"), '{"ref":"main","token":"t-123"}');
    const dry = await home.run(["webhook", "test", "hub", "--file", "body.json", "--dry"]);
    assert.equal(dry.stdout, 'would start deploys with {"ref":"main","env":"prod"}\n', dry.stderr);
    const tested = await home.json(["webhook", "test", "hub", "--file", "body.json"]);
    assert.equal(tested.jobIds.length, 1);

    const body = '{"ref":"next"}';
    const headers = sign({ scheme: "github", secret: "s3cret-of-the-hub", body: Buffer.from(body), now: Date.now() });
    const sent = await fetch(`${url}?wait=20s`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body });
    const answer = (await sent.json()) as any;
    assert.deepEqual([sent.status, answer.jobs[0].outputs], [200, [{ ref: "next", env: "prod" }]]);
    assert.equal((await fetch(url, { method: "POST", body })).status, 401);

    const listed = await home.run(["webhook", "deliveries", "hub"]);
    assert.match(listed.stdout, new RegExp(answer.jobIds[0]));
    assert.match(listed.stdout, /refused.*header_missing/);
    const [, , first] = await home.json(["webhook", "deliveries", "hub"]);
    const shown = await home.run(["webhook", "delivery", "hub", first.id]);
    assert.match(shown.stdout, /"token": "\*\*\*"/);
    assert.match((await home.run(["webhook", "replay", "hub", first.id])).stdout, /^started job_/);

    assert.equal((await home.run(["webhook", "disable", "hub"])).stdout, "disabled hub\n");
    assert.equal((await fetch(url, { method: "POST", body })).status, 404);
    assert.match((await home.run(["webhook", "test", "hub", "--file", "body.json"])).stderr, /Senders get 404 all the same: the state of hub is "disabled"/);
    assert.equal((await home.run(["webhook", "enable", "hub"])).code, 0);
    const rotated = await home.run(["webhook", "rotate", "hub", "--overlap", "0s"]);
    assert.match(rotated.stderr, /Tokens before it have ended\./);
    const next = rotated.stdout.trim();
    assert.deepEqual([(await fetch(url, { method: "POST", body })).status, (await fetch(next, { method: "POST", body })).status], [404, 401]);
    assert.equal((await home.run(["webhook", "delete", "hub"])).code, 0);
    assert.equal((await home.run(["webhook", "show", "hub"])).code, 1);
  });

  it("ends with 2 where it must be told how requests are verified", async () => {
    const refused = await home.run(["webhook", "create", "open", "--runbook", "deploys"]);
    assert.deepEqual([refused.code, refused.stdout], [2, ""]);
    assert.match(refused.stderr, /--verify/);
  });
});
