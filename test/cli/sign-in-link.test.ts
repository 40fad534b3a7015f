import assert from "node:assert/strict";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { PassThrough } from "node:stream";
import { openInBrowser } from "../../engine/cli/browser.ts";
import { createClient } from "../../engine/cli/client.ts";
import { runCommand } from "../../engine/cli/program.ts";
import { tellOfDashboard } from "../../engine/cli/sign-in-link.ts";
import { createTerminal } from "../../engine/cli/terminal.ts";
import { type Rig, rig } from "../http/rig.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const OPENER = process.platform === "darwin" ? "open" : "xdg-open";
const LINK = /^http:\/\/127\.0\.0\.1:\d+\/#sign-in=([\w-]{43})$/m;

describe("runwright login --browser", function () {
  this.timeout(30_000);
  let all: Rig;
  let url: string;
  let home: TemporaryDirectory;
  before(async () => {
    all = await rig();
    ({ url } = await all.http.listen());
  });
  after(() => all.stop());
  beforeEach(async () => {
    home = await temporaryDirectory();
  });
  afterEach(() => home.remove());

  /** Runs it as if someone sat at a terminal, or not. */
  async function run(args: readonly string[], { isTty = true, env = {} }: { isTty?: boolean; env?: Record<string, string> } = {}) {
    const said = { out: "", err: "" };
    const stream = (name: "out" | "err") => {
      const through = new PassThrough();
      through.on("data", (chunk) => {
        said[name] += String(chunk);
      });
      return Object.assign(through, { isTTY: isTty }) as unknown as NodeJS.WriteStream;
    };
    // Without a program that opens pages, where a test brings none: nothing may open on the screen of whoever runs this.
    const own = { HOME: home.path, PATH: "/nowhere", NO_COLOR: "1", RUNWRIGHT_URL: url, RUNWRIGHT_TOKEN: all.admin, ...env };
    const terminal = createTerminal(stream("out"), stream("err"), own);
    const code = await runCommand(["login", ...args], { terminal, env: own, cwd: home.path, signal: new AbortController().signal, stdin: async () => "" });
    return { code, ...said };
  }
  const codeIn = (text: string): string => LINK.exec(text)?.[1] ?? assert.fail(text);
  const signIn = async (code: string) => (await all.ask("POST", "/api/v1/session", { token: null, body: { code } })).status;

  /** A program in place of the one that opens pages: it writes down what it is given. */
  async function fakeOpener(name: string, script = ""): Promise<Record<string, string>> {
    const path = join(home.path, "bin");
    await mkdir(path);
    await writeFile(
      join(path, name),
      `#!/bin/sh\nprintf '%s\\n' "$@" > "${home.path}/arguments.new"\nenv > "${home.path}/environment"\n${script}\nmv "${home.path}/arguments.new" "${home.path}/arguments"\n`,
    );
    await chmod(join(path, name), 0o755);
    return { PATH: `${path}${delimiter}${process.env.PATH}`, DISPLAY: ":7" };
  }

  it("prints a link that signs in once, with the rights of the profile", async () => {
    const { code, out, err } = await run(["--browser"]);
    assert.equal(code, 0, err);
    assert.match(err, /once, within ten minutes/);
    assert.ok(!err.includes(codeIn(out)), "only what was asked for holds it");
    assert.deepEqual([await signIn(codeIn(out)), await signIn(codeIn(out))], [201, 400]);
  });

  it("prints JSON for programs, and opens nothing then", async () => {
    const { out } = await run(["--browser", "--json"], { isTty: false, env: await fakeOpener(OPENER) });
    const { url: link, expiresAt, ...more } = JSON.parse(out);
    assert.deepEqual(more, {});
    assert.ok(Date.parse(expiresAt) > all.clock.now());
    assert.equal(await signIn(codeIn(link)), 201);
    await assert.rejects(stat(join(home.path, ".config", "runwright", "sign-in.html")), { code: "ENOENT" });
  });

  it("makes no link where what it prints may be kept, and says how to get one", async () => {
    const before = (await all.activity()).filter(({ operation }) => operation === "login.link").length;
    const { code, out, err } = await run(["--browser"], { isTty: false });
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /isn't a terminal.*--json/);
    assert.equal((await all.activity()).filter(({ operation }) => operation === "login.link").length, before);
  });

  it("opens it where there is a display, by a page that only its owner can read: no list of processes shows it", async () => {
    const { code, out, err } = await run(["--browser"], { env: await fakeOpener(OPENER) });
    assert.equal(code, 0, err);
    assert.match(err, /Your browser shows it/);
    const given = await eventually("the page is opened", () => readFile(join(home.path, "arguments"), "utf8").catch(() => undefined));
    const page = join(home.path, ".config", "runwright", "sign-in.html");
    assert.equal(given, `${page}\n`);
    assert.equal((await stat(page)).mode & 0o777, 0o600);
    const html = await readFile(page, "utf8");
    assert.ok(html.includes(`content="0; url=${LINK.exec(out)?.[0]}"`), html);
    assert.doesNotMatch(await readFile(join(home.path, "environment"), "utf8"), /RUNWRIGHT_|rwt_/);
  });

  it("only prints it over SSH, without a display, or where no program opens pages", async () => {
    const opens = await fakeOpener("xdg-open");
    for (const [env, platform] of [
      [{ ...opens, SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" }, "linux"],
      [{ ...opens, DISPLAY: "" }, "linux"],
      [{ ...opens, SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" }, "darwin"],
      [{ DISPLAY: ":7", PATH: "/nowhere" }, "linux"],
    ] as const)
      assert.equal(await openInBrowser(new URL(url), { env: { HOME: home.path, ...env }, cwd: home.path }, platform), false);
    const { out, err } = await run(["--browser"], { env: { DISPLAY: ":7" } });
    assert.ok(codeIn(out) && !err.includes("Your browser"));
    await assert.rejects(stat(join(home.path, "arguments")), { code: "ENOENT" });
  });

  it("leads to no other place by what a link holds", async () => {
    const around = { env: { HOME: home.path, ...(await fakeOpener("open")) }, cwd: home.path };
    assert.equal(await openInBrowser(new URL(`http://x.example/?a="><script>&b='#<b>`), around, "darwin"), true);
    const html = await readFile(join(home.path, ".config", "runwright", "sign-in.html"), "utf8");
    assert.doesNotMatch(html, /<script|<b>|url=[^"]*"[^>]/);
    await eventually("the program has ended", () => readFile(join(home.path, "arguments"), "utf8").catch(() => undefined));
  });

  it("signs in first when it is given an address", async () => {
    const { code, out, err } = await run([url, "--token", all.admin, "--browser"], { env: { RUNWRIGHT_URL: "", RUNWRIGHT_TOKEN: "" } });
    assert.equal(code, 0, err);
    assert.match(out, /^Signed in to .* as admin/);
    assert.equal(await signIn(codeIn(out)), 201);
    const json = await run([url, "--token", all.admin, "--browser", "--json"], { env: { RUNWRIGHT_URL: "", RUNWRIGHT_TOKEN: "" } });
    assert.deepEqual(Object.keys(JSON.parse(json.out)), ["url", "expiresAt"]);
  });

  it("is told of when an engine starts at a terminal, with a link that signs in; elsewhere only how to get one", async () => {
    const client = createClient({ url, token: all.admin });
    try {
      const told = async (isTTY: boolean): Promise<string> => {
        const out = Object.assign(new PassThrough(), { isTTY });
        const terminal = createTerminal(out as unknown as NodeJS.WriteStream, out as unknown as NodeJS.WriteStream, { NO_COLOR: "1" });
        await tellOfDashboard(client, { terminal, env: {}, cwd: "/", signal: new AbortController().signal, stdin: async () => "", now: () => 0 });
        return String(out.read());
      };
      const shown = await told(true);
      assert.match(shown, /^Dashboard: http\S+ {2}\(once, within ten minutes; `npx --no-install runwright login --browser` gives another\)\n$/);
      assert.equal(await signIn(/#sign-in=([\w-]{43}) /.exec(shown)?.[1] ?? ""), 201);
      assert.match(await told(false), /^Dashboard: http:\/\/127\.0\.0\.1:\d+\/ {2}\(`npx --no-install runwright login --browser`, in a terminal, gives a link/);
    } finally {
      await client.stop();
    }
  });

  it("asks for an address or for --browser", async () => {
    for (const args of [[], ["--browser", "--token", "x"], ["--browser", "--pin", "x"]]) {
      const { code, err } = await run(args);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, /missing required argument 'url'/);
    }
  });
});
