import assert from "node:assert/strict";
import * as checks from "./checks.ts";
import { codeOf, importsOf, type SourceFile, stringsOf } from "./source.ts";

const file = (path: string, text: string): SourceFile => ({ path, text });
const specifiers = (text: string) => importsOf(file("a.ts", text)).map(({ specifier, typeOnly }) => (typeOnly ? `type ${specifier}` : specifier));

describe("reading imports without a compiler", () => {
  const CASES: [string, string[]][] = [
    ['import { a } from "./a.ts";', ["./a.ts"]],
    ["import a, { b as c } from './a.ts'", ["./a.ts"]],
    ['import * as a from "./a.ts";', ["./a.ts"]],
    ['import "./a.ts";', ["./a.ts"]],
    ['import {\n  a,\n  type B,\n} from "./a.ts";', ["./a.ts"]],
    ['import type { A } from "./a.ts";', ["type ./a.ts"]],
    ['import { type A, type B } from "./a.ts";', ["type ./a.ts"]],
    ['export { a } from "./a.ts";', ["./a.ts"]],
    ['export * from "./a.ts";', ["./a.ts"]],
    ['export type { A } from "./a.ts";', ["type ./a.ts"]],
    ['const a = await import("./a.ts");', ["./a.ts"]],
    ['const a = require("./a.ts");', ["./a.ts"]],
    ['let a: import("./a.ts").A;', ["./a.ts"]],
    ['export const a = 1; import { b } from "./b.ts";', ["./b.ts"]],
    ['// import "./a.ts";\n/* import "./b.ts"; */', []],
    ['const a = `import { b } from "./b.ts";`;', []],
    ['const a = "it\'s"; import "./a.ts"; const b = "\'";', ["./a.ts"]],
    ['const a = /["\']/; import "./a.ts"; const b = /["\']/;', ["./a.ts"]],
    ['const a = `${`${{ b: "}" }.b}`} import "./no.ts"`; import "./a.ts";', ["./a.ts"]],
    ['const half = whole / 2; import "./a.ts"; const other = whole / 2;', ["./a.ts"]],
  ];
  for (const [text, expected] of CASES) it(`finds ${JSON.stringify(expected)} in ${JSON.stringify(text)}`, () => assert.deepEqual(specifiers(text), expected));

  it("knows the line of an import", () => {
    assert.deepEqual(importsOf(file("a.ts", '/* a\n b */\nimport "./a.ts";')), [{ specifier: "./a.ts", typeOnly: false, line: 3 }]);
  });

  it("tells code from text", () => {
    assert.equal(codeOf(file("a.ts", 'a("b"); // c')).trimEnd(), "a(   );");
    assert.deepEqual(stringsOf(file("a.ts", 'a("b");\nc(`d${e}f`)')), [
      { text: "b", line: 1 },
      { text: "d", line: 2 },
      { text: "f", line: 2 },
    ]);
  });
});

/** Each file breaks one rule; its neighbour, as near as possible, keeps it. */
const OFFENCES: { rule: string; check: checks.Check; bad: SourceFile[]; good: SourceFile[]; says: RegExp }[] = [
  {
    rule: "an import in core",
    check: checks.checkImportTable,
    bad: [file("engine/core/a.ts", 'import type { Store } from "../store/store.ts";')],
    good: [file("engine/core/a.ts", 'import type { Job } from "./job.ts";')],
    says: /engine\/core\/a\.ts:1: core may not import store/,
  },
  {
    rule: "an upward import, even of a type",
    check: checks.checkImportTable,
    bad: [file("engine/store/a.ts", 'import type { Jobs } from "../jobs/jobs.ts";')],
    good: [file("engine/jobs/a.ts", 'import type { Store } from "../store/store.ts";')],
    says: /store may not import jobs/,
  },
  {
    rule: "a sideways import",
    check: checks.checkImportTable,
    bad: [file("engine/jobs/a.ts", '\nexport { b } from "../sandbox/b.ts";')],
    good: [file("engine/engine.ts", 'import { b } from "./sandbox/b.ts";\nimport { c } from "./jobs/c.ts";')],
    says: /engine\/jobs\/a\.ts:2: jobs may not import sandbox/,
  },
  {
    rule: "a sideways import at run time",
    check: checks.checkImportTable,
    bad: [file("engine/fleet/a.ts", 'const { b } = await import("../updates/b.ts");')],
    good: [file("engine/fleet/a.ts", 'const { b } = await import("./b.ts");')],
    says: /fleet may not import updates/,
  },
  {
    rule: "configuration read in the middle",
    check: checks.checkImportTable,
    bad: [file("engine/http/a.ts", 'import { readConfig } from "../config.ts";')],
    good: [file("engine/cli/serve.ts", 'import { readConfig } from "../config.ts";'), file("engine/engine.ts", 'import type { Config } from "./config.ts";')],
    says: /http may not import config\.ts/,
  },
  {
    rule: "a clock that is imported, not handed in",
    check: checks.checkImportTable,
    bad: [file("engine/jobs/a.ts", 'import { systemClock } from "../clock.ts";')],
    good: [file("engine/jobs/a.ts", 'import type { Clock } from "../core/clock.ts";')],
    says: /jobs may not import clock\.ts/,
  },
  {
    rule: "an agent that knows the fleet",
    check: checks.checkImportTable,
    bad: [file("engine/agent/a.ts", 'import { b } from "../fleet/b.ts";')],
    good: [file("engine/agent/a.ts", 'import { b } from "../protocol/agent.ts";\nimport { c } from "../core/job.ts";')],
    says: /agent may not import fleet/,
  },
  {
    rule: "an SDK that knows the sandbox",
    check: checks.checkImportTable,
    bad: [file("engine/sdk/a.ts", 'import { b } from "../sandbox/ports.ts";')],
    good: [file("engine/sdk/testing/a.ts", 'import { b } from "../../sandbox/ports.ts";')],
    says: /sdk may not import sandbox/,
  },
  {
    rule: "a test harness that goes past the sandbox's ports",
    check: checks.checkImportTable,
    bad: [file("engine/sdk/testing/a.ts", 'import { b } from "../../sandbox/broker.ts";')],
    good: [file("engine/sdk/testing.ts", 'import { b } from "../sandbox/ports.ts";')],
    says: /sdk may not import sandbox/,
  },
  {
    rule: "a dashboard that takes code of the protocol",
    check: checks.checkImportTable,
    bad: [file("engine/dashboard/a.ts", 'import { b } from "../protocol/http.ts";')],
    good: [file("engine/dashboard/a.ts", 'import type { B } from "../protocol/http.ts";')],
    says: /dashboard may not import protocol/,
  },
  {
    rule: "an engine that imports what lies around it",
    check: checks.checkImportTable,
    bad: [file("engine/cli/a.ts", 'import { b } from "../../test/support/clock.ts";')],
    good: [file("test/cli/a.ts", 'import { b } from "../../engine/cli/a.ts";')],
    says: /isn't part of it/,
  },
  {
    rule: "a folder that the table doesn't know",
    check: checks.checkImportTable,
    bad: [file("engine/misc/a.ts", "export {};")],
    good: [file("engine/logs/a.ts", "export {};")],
    says: /engine\/misc is in no row/,
  },
  {
    rule: "an extension whose model knows a view",
    check: checks.checkExtensionTable,
    bad: [file("extension/model/a.ts", 'import type { B } from "../views/b.ts";')],
    good: [file("extension/views/a.ts", 'import { b } from "../model/b.ts";')],
    says: /extension\/model may not import types of extension\/views/,
  },
  {
    rule: "an extension that carries code of the engine's protocol",
    check: checks.checkExtensionTable,
    bad: [file("extension/model/a.ts", 'import { Job } from "../../engine/protocol/http/jobs.ts";')],
    good: [file("extension/model/a.ts", 'import type { Job } from "../../engine/protocol/http/jobs.ts";\nimport { isFinal } from "../../engine/core/job.ts";')],
    says: /may not import engine\/protocol/,
  },
  {
    rule: "an extension that knows the engine's inside",
    check: checks.checkExtensionTable,
    bad: [file("extension/commands/a.ts", 'import type { Store } from "../../engine/store/store.ts";')],
    good: [file("extension/commands/a.ts", 'import { b } from "../model/b.ts";')],
    says: /may not import types of engine\/store/,
  },
  {
    rule: "a folder of the extension that the table doesn't know",
    check: checks.checkExtensionTable,
    bad: [file("extension/misc/a.ts", "export {};")],
    good: [file("extension/documents/a.ts", "export {};")],
    says: /extension\/misc is in no row/,
  },
  {
    rule: "isolated-vm in a second file",
    check: checks.checkPackages,
    bad: [file("engine/sandbox/a.ts", 'import ivm from "isolated-vm";'), file("engine/sandbox/b.ts", 'import type { Isolate } from "isolated-vm";')],
    good: [file("engine/sandbox/a.ts", 'import ivm from "isolated-vm";')],
    says: /one file only, not for engine\/sandbox\/a\.ts, engine\/sandbox\/b\.ts/,
  },
  {
    rule: "VS Code in the extension's model",
    check: checks.checkPackages,
    bad: [file("extension/model/a.ts", 'import * as vscode from "vscode";')],
    good: [file("extension/commands/a.ts", 'import * as vscode from "vscode";'), file("extension/extension.ts", 'import * as vscode from "vscode";')],
    says: /vscode is for extension\/extension\.ts/,
  },
  {
    rule: "a database driver outside the store",
    check: checks.checkPackages,
    bad: [file("engine/http/a.ts", 'import { sql } from "kysely";')],
    good: [file("engine/store/a.ts", 'import { sql } from "kysely";'), file("test/store/a.ts", 'import pg from "pg";')],
    says: /kysely is for engine\/store only/,
  },
  {
    rule: "input and output in core",
    check: checks.checkPackages,
    bad: [file("engine/core/a.ts", 'import { readFile } from "node:fs/promises";')],
    good: [file("engine/store/a.ts", 'import { readFile } from "node:fs/promises";')],
    says: /core is pure/,
  },
  {
    rule: "a native dependency in the agent",
    check: checks.checkPackages,
    bad: [file("engine/agent/a.ts", 'import { build } from "esbuild";')],
    good: [file("engine/authoring/a.ts", 'import { build } from "esbuild";'), file("engine/agent/a.ts", 'import { WebSocket } from "ws";')],
    says: /agent has no native dependency/,
  },
  {
    rule: "the environment read in the middle",
    check: checks.checkEdges,
    bad: [file("engine/jobs/a.ts", "const a = process.env.HOME;")],
    good: [file("engine/config.ts", "const a = process.env.HOME;"), file("engine/jobs/a.ts", '// process.env\nconst a = "process.env";')],
    says: /engine\/jobs\/a\.ts:1: process\.env/,
  },
  {
    rule: "the wall clock read in the middle",
    check: checks.checkEdges,
    bad: [file("engine/jobs/a.ts", "const a =\n  Date.now();")],
    good: [file("engine/clock.ts", "const a = Date.now();"), file("engine/jobs/a.ts", "const a = new Date(at);")],
    says: /engine\/jobs\/a\.ts:2: the wall clock/,
  },
  {
    rule: "the wall clock read by a constructor",
    check: checks.checkEdges,
    bad: [file("engine/jobs/a.ts", "const a = new Date();")],
    good: [file("engine/clock.ts", "const a = new Date();")],
    says: /the wall clock/,
  },
  {
    rule: "dice in the middle",
    check: checks.checkEdges,
    bad: [file("engine/fleet/a.ts", "const jitter = Math.random() * 5;")],
    good: [file("engine/ids.ts", "const a = Math.random();"), file("engine/fleet/a.ts", "const a = Math.round(5);")],
    says: /Math\.random/,
  },
  {
    rule: "the console in the middle, also within a template",
    check: checks.checkEdges,
    bad: [file("engine/http/a.ts", "const a = `${console.log(1)}`;")],
    good: [file("engine/cli/a.ts", "console.log(1);"), file("engine/http/a.ts", "const a = `console.log(1)`;")],
    says: /console is for/,
  },
  {
    rule: "SQL in a route",
    check: checks.checkSql,
    bad: [file("engine/http/a.ts", "const a = `\n  select id\n  from jobs where id = ${id}`;")],
    good: [file("engine/store/a.ts", 'const a = "select id from jobs where 1=1";'), file("engine/http/a.ts", 'const a = "Select a machine from the list";')],
    says: /SQL is for engine\/store only/,
  },
  {
    rule: "SQL in capitals",
    check: checks.checkSql,
    bad: [file("engine/jobs/a.ts", 'const a = "DELETE FROM jobs";')],
    good: [file("engine/jobs/a.ts", 'const a = "delete fromage";')],
    says: /SQL is for/,
  },
  {
    rule: "a file of 401 lines",
    check: checks.checkLength,
    bad: [file("engine/jobs/a.ts", "\n".repeat(401))],
    good: [file("engine/jobs/a.ts", "\n".repeat(400))],
    says: /401 lines/,
  },
  {
    rule: "a name that says nothing",
    check: checks.checkNames,
    bad: [file("engine/jobs/utils.ts", "")],
    good: [file("engine/jobs/utilisation.ts", ""), file("engine/sdk/type.ts", "")],
    says: /which idea/,
  },
];

describe("the checks of the architecture", () => {
  for (const { rule, check, bad, good, says } of OFFENCES) {
    it(`refuse ${rule}`, () => {
      const complaints = check(bad);
      assert.equal(complaints.length, 1, complaints.join("\n"));
      assert.match(complaints[0] ?? "", says);
      assert.deepEqual(check(good), []);
    });
  }

  const ERRORS = { A_CODE: { status: 404, retry: false }, B_CODE: { status: 503, retry: true } };
  const row = (...cells: string[]) => `| ${cells.join(" | ")} |`;
  const A = row("`A_CODE`", "404", "no", "There is no such thing.", "Look at the list.");
  const B = row("`B_CODE`", "503", "yes", "It is busy right now.", "Try again later.");

  it("accept a table of errors that says what the catalogue says", () => assert.deepEqual(checks.checkErrorTable(`${A}\n${B}`, ERRORS), []));
  for (const [what, table, says] of [
    ["a missing row", A, /B_CODE has no row/],
    ["a row too many", [A, B, B.replace("B_CODE", "C_CODE")].join("\n"), /C_CODE isn't in the catalogue/],
    ["a row twice", [A, B, B].join("\n"), /B_CODE has two rows/],
    ["another status", `${A.replace("404", "400")}\n${B}`, /A_CODE has status 404, not 400/],
    ["another retry decision", `${A}\n${B.replace("yes", "no")}`, /B_CODE has retry yes, not no/],
    ["a row without advice", `${A}\n${B.replace("Try again later.", "")}`, /B_CODE must say/],
  ] as const) {
    it(`refuse a table of errors with ${what}`, () => {
      const complaints = checks.checkErrorTable(table, ERRORS);
      assert.equal(complaints.length, 1, complaints.join("\n"));
      assert.match(complaints[0] ?? "", says);
    });
  }
});
