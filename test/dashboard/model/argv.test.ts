import assert from "node:assert/strict";
import { argvOf, lineOf } from "../../../engine/dashboard/model/argv.ts";

describe("a line that is split into arguments", () => {
  const LINES: readonly (readonly [line: string, argv: readonly string[]])[] = [
    ["systemctl restart nginx", ["systemctl", "restart", "nginx"]],
    ["  a   b\tc ", ["a", "b", "c"]],
    ["sh -c 'echo $HOME | wc'", ["sh", "-c", "echo $HOME | wc"]],
    ['echo "a b"c \'\' ""', ["echo", "a bc", "", ""]],
    ['a\\ b \\\'c \\\\ "\\""', ["a b", "'c", "\\", '"']],
    ["'it'\\''s'", ["it's"]],
    ["C:\\Windows\\System32\\whoami.exe /all", ["C:\\Windows\\System32\\whoami.exe", "/all"]],
    ["echo \\", ["echo", "\\"]],
  ];
  for (const [line, argv] of LINES) it(`${line} is ${JSON.stringify(argv)}`, () => assert.deepEqual(argvOf(line), { argv }));

  it("isn't one while a quote is open, or nothing stands there", () => {
    for (const line of ["echo 'a", 'echo "a', "", "   "]) assert.ok("problem" in argvOf(line), line);
  });

  it("is written so that it splits into the same again", () => {
    const argv = ["sh", "-c", 'it\'s $HOME\n\\ "x"', "", "C:\\a\\", "ünï"];
    assert.deepEqual(argvOf(lineOf(argv)), { argv });
  });
});
