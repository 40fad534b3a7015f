import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandHome, commandHome, heard } from "./command.ts";

const FINISHED = ["id", "runbook", "version", "status", "failureCode", "error", "outputs", "startedAt", "endedAt"];

describe("the command", function () {
  this.timeout(60_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;

  before(async () => {
    home = await commandHome();
    engine = await home.serve();
    await runbook(
      "greet",
      `parameters: Type.Object({ name: Type.String({ default: "world" }), times: Type.Integer({ default: 1 }) }),`,
      "({ params, output, log }) { log(`hello ${params.name}`); for (let i = 0; i < params.times; i++) output({ greeted: params.name, i }); }",
    );
    await runbook("fails", "", '() { throw new TypeError("it went wrong"); }');
    await runbook("endless", "", "({ log }) { log.info('spinning'); for (;;) {} }");
    const published = await home.run(["runbook", "publish", "greet.ts", "fails.ts", "endless.ts"]);
    assert.equal(published.code, 0, published.stderr);
  });
  after(() => home.remove());

  const runbook = (name: string, declaration: string, run: string) =>
    writeFile(
      join(home.path, `${name}.ts`),
      `import { runbook, Type } from "runwright";\nvoid Type;\nexport default runbook({ summary: "${name}", ${declaration || "parameters: Type.Object({}),"} async run${run} });\n`,
    );

  it("ends with 2 for wrong usage and 0 for help", async () => {
    for (const args of [["nonsense"], ["run"], ["job", "show"], ["run", "greet", "--nonsense"]]) assert.equal((await home.run(args)).code, 2, args.join(" "));
    for (const [args, words] of [
      [["run", "greet", "-p", "name"], /--param.*must look like key=value/],
      [["run", "greet", "--params", "[1]"], /--params.*JSON object/],
      [["run", "greet", "--version", "new"], /--version.*whole number from 1/],
      [["run", "greet", "--priority", "101"], /--priority.*whole number from -100 to 100/],
      [["job", "resume", "job_1", "--version", "new"], /--version.*whole number from 1/],
      [["job", "resume", "job_1", "--from", "-3"], /--from.*whole number from 1/],
      [["job", "list", "--limit", "0"], /--limit.*whole number from 1/],
      [["machine", "tag", "web1", "role"], /role=web|key=value, or key-/],
      [["agent", "token", "create", "--tag", "role"], /--tag.*key=value/],
      [["token", "create", "ci", "--expires-in", "soon"], /--expires-in.*30s, 15m/],
    ] as const) {
      const refused = await home.run(args);
      assert.deepEqual([refused.code, refused.stdout], [2, ""], args.join(" "));
      assert.match(refused.stderr, words);
    }
    const help = await home.run(["--help"]);
    assert.equal(help.code, 0);
    for (const word of [
      "serve",
      "login",
      "runbook",
      "run",
      "job",
      "asset",
      "plan",
      "apply",
      "export",
      "agent",
      "machine",
      "update",
      "token",
      "activity",
      "openapi",
    ])
      assert.match(help.stdout, new RegExp(`^  ${word}\\b`, "m"));
    assert.equal((await home.run(["runbook", "--help"])).code, 0);
    assert.match((await home.run(["--version"])).stdout, /^\d+\.\d+\.\d+$/m);
  });

  it("says how to sign in where no engine is known, and what to look at where none answers", async () => {
    const nowhere = await commandHome();
    try {
      const unknown = await nowhere.run(["job", "list"]);
      assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
      assert.match(unknown.stderr, /runwright login URL/);
      const dead = await nowhere.run(["job", "list"], { env: { RUNWRIGHT_URL: "http://127.0.0.1:9", RUNWRIGHT_TOKEN: "x" } });
      assert.equal(dead.code, 1);
      assert.match(dead.stderr, /127\.0\.0\.1:9 can't be reached \(ECONNREFUSED\)/);
    } finally {
      await nowhere.remove();
    }
  });

  it("shows which jobs are held back or were skipped, by which key and why", async () => {
    const rests = "({ sleep }) { await sleep('1h'); }";
    const keyed = (more: string) => `parameters: Type.Object({ room: Type.String() }), concurrency: { limit: 1, key: (p) => p.room${more} },`;
    await runbook("queues", keyed(""), rests);
    await runbook("skips", keyed(', overflow: "skip"'), rests);
    const published = await home.run(["runbook", "publish", "queues.ts", "skips.ts"]);
    assert.equal(published.code, 0, published.stderr);
    const start = async (name: string, ...more: string[]): Promise<string> =>
      JSON.parse((await home.run(["run", name, "-p", "room=web", "--json", ...more])).stdout).id;
    const [holder, held] = [await start("queues"), await start("queues", "--priority", "-5")];
    const [first, skipped] = [await start("skips"), await start("skips")];

    const list = (await home.run(["job", "list", "--limit", "10"])).stdout.split("\n");
    const line = (id: string) => list.find((text) => text.startsWith(id)) ?? "";
    assert.match(line(held), /queued \(held back\)/);
    assert.match(line(skipped), new RegExp(`stopped \\(skipped\\).*${first} is in its way: at most 1 job with the concurrency key "web"`));
    const shown = (await home.run(["job", "show", held])).stdout;
    assert.match(shown, /priority +-5\n/);
    assert.match(shown, /concurrency +key "web"; held back until fewer of them are under way/);
    assert.match(shown, new RegExp(`held back: ${holder} is in its way`));
    const again = await home.run(["run", "skips", "-p", "room=web"]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, new RegExp(`stopped: Skipped: ${first} is in its way`), "whoever asks is told");
    for (const id of [held, holder, first]) await home.run(["job", "stop", id]);
  });

  it("prints the finished job as exactly one object with run --wait --json", async () => {
    const done = await home.run(["run", "greet", "-p", "name=Ada", "--params", '{"times":2}', "--wait", "--json"]);
    assert.equal(done.code, 0, done.stderr);
    const job = JSON.parse(done.stdout);
    assert.deepEqual(Object.keys(job), FINISHED);
    assert.deepEqual(
      [job.runbook, job.version, job.status, job.failureCode, job.error, job.outputs],
      [
        "greet",
        1,
        "completed",
        null,
        null,
        [
          { greeted: "Ada", i: 0 },
          { greeted: "Ada", i: 1 },
        ],
      ],
    );
    assert.equal(done.stdout.trim().split("\n").length, 1);
  });

  it("ends with 1 and the position in the source when a job fails", async () => {
    const done = await home.run(["run", "fails", "--wait", "--json"]);
    assert.equal(done.code, 1);
    const job = JSON.parse(done.stdout);
    assert.deepEqual(Object.keys(job), FINISHED);
    assert.deepEqual([job.status, job.failureCode, job.error.name, job.error.message], ["failed", "error", "TypeError", "it went wrong"]);
    const shown = await home.run(["run", "fails", "--wait"]);
    assert.equal(shown.code, 1);
    assert.match(shown.stderr, /it went wrong/);
    assert.match(shown.stderr, /fails\.ts:3/);
  });

  it("names the parameter that doesn't fit, and makes no job", async () => {
    for (const [args, words] of [
      [["-p", "nme=Ada"], /\/nme is not a parameter; known are name, times/],
      [["-p", "times=many"], /\/times/],
      [["-p", "name=12"], /-p 'name="12"'/],
    ] as const) {
      const refused = await home.run(["run", "greet", ...args, "--wait"]);
      assert.deepEqual([refused.code, refused.stdout], [1, ""]);
      assert.match(refused.stderr, words);
    }
    assert.match((await home.run(["run", "nope"])).stderr, /no runbook "nope".*RUNBOOK_NOT_FOUND/);
    assert.match((await home.run(["run", "greet", "--version", "9"])).stderr, /no version 9/);
  });

  it("tells an error as one JSON object on standard error when --json is given", async () => {
    const unknown = await home.run(["job", "show", "nope", "--json"]);
    assert.deepEqual([unknown.code, unknown.stdout, JSON.parse(unknown.stderr).code], [1, "", "JOB_NOT_FOUND"]);
    const unfit = JSON.parse((await home.run(["run", "greet", "-p", "times=many", "--json"])).stderr);
    assert.deepEqual([unfit.code, unfit.details[0].field], ["PARAMETERS_INVALID", "/times"]);
    const misused = await home.run(["job", "list", "--limit", "many", "--json"]);
    assert.deepEqual([misused.code, JSON.parse(misused.stderr).code], [2, "BAD_REQUEST"]);
  });

  it("ends quietly when whoever reads has enough", async () => {
    await home.run(["run", "greet", "-p", "times=900", `name=${"x".repeat(300)}`, "--wait"]); // more than a pipe holds
    const [job] = await home.json(["job", "list", "--runbook", "greet", "--limit", "1"]);
    const reader = home.start(["job", "logs", job.id, "--json"]);
    const ended = new Promise((resolve) => reader.once("exit", resolve));
    let said = "";
    reader.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    reader.stdout?.once("data", () => reader.stdout?.destroy());
    await ended;
    assert.equal(said, "");
  });

  it("follows a job, shows it, and prints what it wrote", async () => {
    const followed = await home.run(["run", "greet", "-p", "name=Bob", "--follow"]);
    assert.equal(followed.code, 0, followed.stderr);
    assert.match(followed.stderr, /hello Bob/);
    assert.match(followed.stdout, /\{"greeted":"Bob","i":0\}/);
    const [newest] = await home.json(["job", "list", "--runbook", "greet", "--limit", "1"]);
    assert.match((await home.run(["job", "show", newest.id])).stdout, /completed/);
    const logs = (await home.run(["job", "logs", newest.id, "--json"])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      logs.map((entry) => [entry.seq, entry.kind]),
      [
        [1, "log"],
        [2, "output"],
      ],
    );
    const again = await home.run(["job", "logs", newest.id, "--follow"]);
    assert.deepEqual([again.code, /hello Bob/.test(again.stdout)], [0, true], "the log is the result: it can be piped");
    assert.equal((await home.run(["job", "logs", newest.id])).stdout, again.stdout);
  });

  it("stops an endless job, whose follower learns of it", async () => {
    const follower = home.start(["run", "endless", "--follow"]);
    await heard(follower, /spinning/);
    const [job] = await home.json(["job", "list", "--runbook", "endless", "--limit", "1"]);
    const exit = new Promise((resolve) => follower.once("exit", resolve));
    assert.equal((await home.run(["job", "stop", job.id])).code, 0);
    assert.equal(await exit, 1);
    assert.equal((await home.json(["job", "show", job.id])).status, "stopped");
    assert.match((await home.run(["job", "stop", job.id])).stderr, /JOB_FINAL/);
  });

  it("shows no terminal sequence of a runbook, and no colour where nobody looks", async () => {
    await runbook("nasty", "", '({ output, log }) { log("\\u001b[31mred\\u001b]0;title\\u0007"); output("\\u001b[2Jcleared\\u202e"); }');
    assert.equal((await home.run(["runbook", "publish", "nasty.ts"])).code, 0);
    for (const args of [
      ["run", "nasty", "--follow"],
      ["run", "nasty", "--wait"],
      ["job", "list"],
    ]) {
      const { stdout, stderr } = await home.run(args);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      assert.doesNotMatch(stdout + stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  it("writes, checks, tests and publishes a new runbook, and saves a draft", async () => {
    assert.equal((await home.run(["runbook", "new", "fresh"])).code, 0);
    const again = await home.run(["runbook", "new", "fresh"]);
    assert.deepEqual([again.code, /exists already/.test(again.stderr)], [1, true]);
    const entry = join("runbooks", "fresh.ts");
    assert.equal((await home.run(["runbook", "check", entry])).code, 0);
    const tested = await home.run(["runbook", "test", entry]);
    assert.equal(tested.code, 0, tested.stdout + tested.stderr);
    assert.equal((await home.run(["runbook", "publish", "--draft", entry])).code, 0);
    assert.match((await home.run(["run", "fresh"])).stderr, /NOT_PUBLISHED/);
    assert.equal((await home.json(["run", "fresh", "--draft", "--wait"])).version, null);
    const [{ isNew, version }] = await home.json(["runbook", "publish", entry, "-m", "the first one"]);
    assert.deepEqual([isNew, version.version, version.message], [true, 1, "the first one"]);
    assert.equal((await home.json(["runbook", "publish", entry]))[0].isNew, false);
  });

  it("shows problems of a runbook as file:line:column, and publishes nothing of it", async () => {
    await writeFile(
      join(home.path, "broken.ts"),
      'import { runbook, Type } from "runwright";\nimport { readFileSync } from "node:fs";\nexport default runbook({ summary: "x", parameters: Type.Object({}), async run({ output }) { output(readFileSync); const n: number = "text"; } });\n',
    );
    const checked = await home.run(["runbook", "check", "broken.ts"]);
    assert.equal(checked.code, 1);
    assert.match(checked.stderr, /^broken\.ts:2:\d+: error \S+: /m);
    const published = await home.run(["runbook", "publish", "broken.ts"]);
    assert.deepEqual([published.code, /CHECK_FAILED/.test(published.stderr)], [1, true]);
    assert.match((await home.run(["runbook", "show", "broken"])).stderr, /RUNBOOK_NOT_FOUND/);
    assert.match((await home.run(["runbook", "check", "nowhere.ts"])).stderr, /no file nowhere\.ts/);
    await runbook("sound", "", "() {}");
    const together = await home.run(["runbook", "publish", "sound.ts", "broken.ts", "--json"]);
    const problem = JSON.parse(together.stderr);
    assert.deepEqual([together.code, together.stdout, problem.code, problem.details[0].entry], [1, "", "CHECK_FAILED", "broken.ts"]);
    assert.match((await home.run(["runbook", "show", "sound"])).stderr, /RUNBOOK_NOT_FOUND/, "what is published together is published whole or not at all");
    const diagnostics = await home.json(["runbook", "check", "broken.ts"]);
    assert.ok(diagnostics.every((one: any) => one.file === "broken.ts" && one.line > 0));
  });

  it("compares versions with what they may more, deletes and restores", async () => {
    await runbook("grows", "", "() {}");
    await home.run(["runbook", "publish", "grows.ts"]);
    await runbook("grows", 'parameters: Type.Object({}), permissions: { http: ["https://api.example.com"] },', "() {}");
    await home.run(["runbook", "publish", "grows.ts"]);
    const diff = await home.run(["runbook", "diff", "grows"]);
    assert.match(diff.stdout, /may more: .*https:\/\/api\.example\.com/);
    assert.match(diff.stdout, /^\+.*permissions/m);
    const shown = (await home.run(["runbook", "show", "greet"])).stdout;
    assert.match(shown, /^PARAMETER +TAKES +DEFAULT +WHAT IT IS\nname +string +"world"\ntimes +integer +1$/m);
    assert.match(shown, /^VERSION +PUBLISHED +BY +WHAT HAS CHANGED\n +1 +20\S+ +admin$/m);
    assert.match((await home.run(["runbook", "diff", "greet"])).stderr, /one version so far/);
    assert.match((await home.run(["runbook", "show", "grows", "--source", "--version", "1"])).stdout, /summary: "grows"/);
    assert.equal((await home.run(["runbook", "delete", "grows"])).code, 0);
    assert.equal(
      (await home.json(["runbook", "list"])).some((one: any) => one.name === "grows"),
      false,
    );
    assert.deepEqual(
      (await home.json(["runbook", "list", "--deleted"])).map((one: any) => one.name),
      ["grows"],
    );
    assert.equal((await home.run(["runbook", "restore", "grows"])).code, 0);
  });

  it("takes values of assets from standard input or a file, and never shows them", async () => {
    const value = "very-secret-value";
    assert.equal((await home.run(["asset", "set", "from-stdin"], { stdin: `${value}\n` })).code, 0);
    await writeFile(join(home.path, "value.txt"), value);
    assert.equal((await home.run(["asset", "set", "from-file", "--file", "value.txt"])).code, 0);
    assert.equal((await home.run(["asset", "set", "a-variable", "--variable", "--json-value"], { stdin: '{"max":3}' })).code, 0);
    assert.equal((await home.run(["asset", "set", "nothing"], { stdin: "" })).code, 1);
    const extra = await home.run(["asset", "set", "as-argument", value]);
    assert.equal(extra.code, 2, "an argument would show in process lists");
    const list = await home.run(["asset", "list"]);
    assert.match(list.stdout, /from-stdin +secret/);
    const everything = list.stdout + (await home.run(["asset", "list", "--json"])).stdout + (await home.run(["activity", "list", "--json"])).stdout;
    assert.ok(!everything.includes(value));
    await runbook(
      "reads",
      'parameters: Type.Object({}), permissions: { secrets: ["from-stdin"], variables: ["a-variable"] },',
      '({ secrets, variables, output }) { output({ length: (await secrets.get("from-stdin")).length, max: await variables.get("a-variable") }); }',
    );
    await home.run(["runbook", "publish", "reads.ts"]);
    assert.deepEqual((await home.json(["run", "reads", "--wait"])).outputs, [{ length: value.length, max: { max: 3 } }]);
    assert.equal((await home.run(["asset", "delete", "from-stdin"])).code, 0);
    assert.match((await home.run(["asset", "delete", "from-stdin"])).stderr, /ASSET_NOT_FOUND/);
  });

  it("makes, lists and revokes tokens; RUNWRIGHT_TOKEN wins over what is stored", async () => {
    const made = await home.json(["token", "create", "ci", "--role", "reader", "--expires-in", "1d"]);
    const env = { RUNWRIGHT_TOKEN: made.token };
    assert.equal((await home.run(["job", "list"], { env })).code, 0);
    const refused = await home.run(["run", "greet"], { env });
    assert.deepEqual([refused.code, /PERMISSION_DENIED/.test(refused.stderr)], [1, true]);
    assert.ok(!(await home.run(["token", "list"])).stdout.includes(made.token.slice(-43)));
    assert.equal((await home.run(["token", "revoke", made.id])).code, 0);
    assert.match((await home.run(["job", "list"], { env })).stderr, /revoked.*TOKEN_REVOKED/);
  });

  it("signs in with a token, and with a code that someone else confirms; the profile is its owner's alone", async () => {
    const guest = await commandHome();
    try {
      const wrong = await guest.run(["login", engine.url, "--token", "nonsense"]);
      assert.deepEqual([wrong.code, /TOKEN_MALFORMED/.test(wrong.stderr)], [1, true]);
      const byToken = await guest.run(["login", engine.url, "--token"], { stdin: `${engine.token}\n` });
      assert.equal(byToken.code, 0, byToken.stderr);
      assert.match(byToken.stdout, /as admin: admin at \//);
      const profile = join(guest.path, ".config", "runwright", "profile.json");
      assert.equal((await stat(profile)).mode & 0o777, 0o600);

      const waiting = guest.start(["login", engine.url]);
      const exit = new Promise((resolve) => waiting.once("exit", resolve));
      const [, code = ""] = /code is (\S+)\./.exec(await heard(waiting, /code is \S+\./)) ?? [];
      const confirmed = await home.run(["login", "confirm", code, "--yes"]);
      assert.equal(confirmed.code, 0, confirmed.stderr);
      assert.equal(await exit, 0);
      const stored = JSON.parse(await readFile(profile, "utf8"));
      assert.notEqual(stored.token, engine.token);
      assert.equal((await guest.run(["job", "list"])).code, 0);
    } finally {
      await guest.remove();
    }
  });

  it("lists what was done, and proves that the list is whole", async () => {
    const list = await home.json(["activity", "list", "--operation", "runbook.publish"]);
    assert.ok(list.length > 0 && list.every((entry: any) => entry.operation === "runbook.publish" && entry.actor.name === "admin"));
    const verified = await home.run(["activity", "verify"]);
    assert.deepEqual([verified.code, /all \d+ entries/.test(verified.stdout)], [0, true]);
  });

  it("prints the description of the HTTP interface", async () => {
    assert.equal(JSON.parse((await home.run(["openapi"])).stdout).openapi, "3.1.0");
  });

  it("makes join tokens, and finds nothing where there is no machine", async () => {
    const made = await home.json(["agent", "token", "create", "--tag", "role=web"]);
    assert.match(made.token, /^rwj_/);
    assert.equal((await home.json(["agent", "token", "list"]))[0].tags.role, "web");
    assert.equal((await home.run(["agent", "token", "revoke", made.id])).code, 0);
    assert.deepEqual(await home.json(["machine", "list"]), []);
    assert.match((await home.run(["machine", "show", "nope"])).stderr, /MACHINE_NOT_FOUND/);
    assert.match((await home.run(["machine", "list", "os~linux"])).stderr, /SELECTOR_INVALID/);
    assert.deepEqual(await home.json(["update", "list"]), []);
    await mkdir(join(home.path, "state"), { mode: 0o700 });
    const refused = await home.run(["agent", "join", "--state", "state"], { stdin: made.token });
    assert.deepEqual([refused.code, /JOIN_TOKEN_INVALID/.test(refused.stderr)], [1, true]);
  });
});
