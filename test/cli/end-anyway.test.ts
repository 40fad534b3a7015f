import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";

const MODULE = pathToFileURL(fileURLToPath(new URL("../../engine/cli/end-anyway.ts", import.meta.url))).href;

/** Runs a program in which a stop can be asked for, by `stop.abort()`. */
function program(text: string, withinMs: number): Promise<{ code: number; stdout: string }> {
  const source = `import { endAnyway } from ${JSON.stringify(MODULE)};
    const stop = new AbortController();
    endAnyway({ signal: stop.signal, withinMs: ${withinMs}, tell: (open) => console.log(JSON.stringify(open)) });
    ${text}`;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["--input-type=module", "-e", source], (_, stdout) => resolve({ code: child.exitCode ?? -1, stdout }));
  });
}

describe("an end whatever happens", function () {
  this.timeout(20_000);

  it("comes when something holds a stop up: with exit code 1, after a word about what it is", async () => {
    const { code, stdout } = await program("setInterval(() => {}, 60_000); setTimeout(() => {}, 60_000); stop.abort();", 10);
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).Timeout, 2);
  });

  it("is nothing that a process waits for when its stop goes well, or nobody has asked for one", async () => {
    const day = 86_400_000;
    for (const text of ["stop.abort(); process.exitCode = 0;", ""]) assert.deepEqual(await program(text, day), { code: 0, stdout: "" });
  });
});
