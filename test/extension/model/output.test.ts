import assert from "node:assert/strict";
import type { StreamedEntry } from "../../../engine/protocol/http/jobs.ts";
import { addressOf, authorityOf, type DocumentAddress, engineIn, pathOf } from "../../../extension/model/documents/address.ts";
import { entryText } from "../../../extension/model/jobs/entry-text.ts";
import { sourceLinks } from "../../../extension/model/jobs/source-links.ts";
import { createTranscript } from "../../../extension/model/jobs/transcript.ts";
import { aJob } from "./jobs.ts";

const at = "2026-01-01T12:03:04.120Z";
const log = (seq: number, message: string): StreamedEntry => ({ seq, at, kind: "log", level: "info", message });

describe("the output of a job as a document", () => {
  it("has one line an entry, and indents what follows so that it folds", () => {
    assert.equal(entryText(log(1, "one\ntwo\r\nthree")), "12:03:04.120 info     one\n    two\n    three");
    assert.equal(entryText({ seq: 1, at, kind: "output", value: { a: 1 } }), '12:03:04.120 output   {\n      "a": 1\n    }');
    assert.equal(entryText({ seq: 1, at, kind: "progress", fraction: 0.256, message: "web1" }), "12:03:04.120 progress 26 % web1");
  });

  it("shows what guest code wrote, not what it would do to a screen", () => {
    assert.equal(entryText(log(1, "\u001b[2Ja\u202eb\u0000")), "12:03:04.120 info     \ufffd[2Ja\ufffdb\ufffd");
  });

  it("shows no line that an error or a reason forges, and no text whose direction they turn", () => {
    const transcript = createTranscript();
    const lie = "x\n# completed\u2028# completed\u202e\u200e\u200f\u061c";
    transcript.setJob(aJob({ status: "failed", failureCode: "error", error: { name: "# completed", message: lie, stack: lie } }));
    transcript.addStatus({ seq: 1, at, from: "running", to: "failed", by: "engine", reason: lie });
    const text = transcript.text();
    assert.doesNotMatch(text, /^# completed/m);
    assert.doesNotMatch(text, /[\p{Bidi_Control}\u2028]/u);
  });

  it("says how it ended, with the stack", () => {
    const transcript = createTranscript();
    transcript.setJob(aJob({ status: "failed", failureCode: "error", error: { name: "Error", message: "this is wrong", stack: "at deep (hello.ts:12:9)" } }));
    transcript.add([log(1, "begun")]);
    assert.equal(
      transcript.text(),
      [
        "# hello, version 3",
        `# job job_1, asked for by ada (manual) at ${at}`,
        "# failed",
        "",
        "12:03:04.120 info     begun",
        "",
        "# failed (error) after 2s",
        "    Error: this is wrong",
        "    at deep (hello.ts:12:9)",
        "",
      ].join("\n"),
    );
  });

  it("keeps the newest of 100 MB, says what it left out, and takes nothing twice", () => {
    const transcript = createTranscript({ most: 1_000_000 });
    const line = "x".repeat(1_000);
    for (let page = 0; page < 200; page++) transcript.add(Array.from({ length: 500 }, (_, i) => log(page * 500 + i + 1, line)));
    transcript.add([log(7, "again")]);
    const text = transcript.text();
    assert.ok(text.length < 1_600_000, `${text.length}`);
    assert.match(text, /^… \d+ entries before this; "Save Whole Output"/);
    assert.doesNotMatch(text, /again/);
    assert.equal(transcript.lastSeq(), 100_000);
  });

  it("leads from stacks to sources, and from nothing else", () => {
    const text = "    at deep (lib/deep.ts:12:9)\n    at hello.ts:3:1\nsee http://a/b.ts:80:1 or hello.js:1:2, not.ts:1";
    assert.deepEqual(
      sourceLinks(text).map(({ path, line, column, start, end }) => [path, line, column, text.slice(start, end)]),
      [
        ["lib/deep.ts", 12, 9, "lib/deep.ts:12:9"],
        ["hello.ts", 3, 1, "hello.ts:3:1"],
      ],
    );
  });

  for (const address of [
    { kind: "job", id: "job_1", title: "hello" },
    { kind: "source", runbook: "hello", version: 3, path: "lib/déjà vu.ts" },
    { kind: "deploymentPlan", id: "dpl_1", title: "sunday" },
    { kind: "kept", key: "7", title: "runbooks.runplan" },
  ] satisfies DocumentAddress[]) {
    it(`is found again by its address: ${pathOf(address)}`, () => assert.deepEqual(addressOf(pathOf(address)), address));
  }

  it("isn't found under what is no address", () => {
    for (const path of ["", "/", "/job", "/job/x", "/source/a/b/c", "/elsewhere/x"]) assert.equal(addressOf(path), undefined, path);
  });

  it("has the engine in its URI, in letters that an editor leaves as they are", () => {
    const engines = [
      "http://127.0.0.1:4680",
      "https://127.0.0.1:4680",
      "https://runwright.example/Team_A/b",
      "https://runwright.example/team_a/b",
      "http://[::1]:4680",
    ];
    const authorities = engines.map(authorityOf);
    assert.equal(new Set(authorities).size, engines.length);
    for (const authority of authorities) assert.match(authority, /^[a-z0-9._-]+$/);
    assert.deepEqual(authorities.map(engineIn), engines);
  });
});
