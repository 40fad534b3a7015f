import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { runCommand } from "../../engine/cli/program.ts";
import { createTerminal } from "../../engine/cli/terminal.ts";

/** What the command says about itself. */
async function helpOf(path: readonly string[]): Promise<string> {
  const out = new PassThrough();
  const terminal = createTerminal(out as unknown as NodeJS.WriteStream, out as unknown as NodeJS.WriteStream, {});
  const code = await runCommand([...path, "--help"], { terminal, env: {}, cwd: "/", signal: new AbortController().signal, stdin: async () => "" });
  out.end();
  assert.equal(code, 0, path.join(" "));
  return text(out);
}

async function leavesOf(path: readonly string[]): Promise<{ path: string; help: string }[]> {
  const help = await helpOf(path);
  const listed = /\nCommands:\n([\s\S]*)$/.exec(help)?.[1] ?? "";
  const names = [...listed.matchAll(/^ {2}([\w-]+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
  const isLeaf = names.length === 0;
  return isLeaf ? [{ path: path.join(" "), help }] : (await Promise.all(names.map((name) => leavesOf([...path, name])))).flat();
}

describe("the commands", () => {
  it("take --json where they end with a result", async () => {
    const leaves = await leavesOf([]);
    assert.ok(leaves.length > 25);
    // Three go on until they are stopped, and one prints JSON anyhow.
    assert.deepEqual(
      leaves.filter(({ help }) => !help.includes("--json")).map(({ path }) => path),
      ["serve", "agent run", "demo fleet", "openapi"],
    );
  });
});
