import assert from "node:assert/strict";
import { createMasker } from "../../engine/core/masking.ts";
import { maskProtocol } from "../../engine/sandbox/debug/mask-protocol.ts";
import { scriptOf } from "../../engine/sandbox/debug/script.ts";
import { fitProtocol } from "../../engine/sandbox/runner/fit-protocol.ts";

const SECRET = "correct horse battery";

describe("what the inspector says", () => {
  it("loses the ends of a cut secret only in texts so short that V8 has cut them", () => {
    const masker = createMasker();
    masker.add(SECRET, "secret:token@1");
    const cuts: number[] = [];
    const watched = {
      ...masker,
      maskCut(text: string, cut: string) {
        cuts.push(text.length);
        return masker.maskCut(text, cut);
      },
    };
    const masked = (value: string): string => JSON.parse(maskProtocol(JSON.stringify({ id: 1, result: { result: { value } } }), watched)).result.result.value;
    assert.equal(masked("the secret is correct ho…rse battery"), "the secret is ***…***");
    const long = `${"one piece… ".repeat(50_000)}${SECRET}`;
    assert.equal(masked(long), `${"one piece… ".repeat(50_000)}***`);
    assert.deepEqual(cuts, [36]);
  });

  it("is an error where an answer is too long, lacks what was thrown where a halt is, and isn't said otherwise", () => {
    const long = "x".repeat(200);
    const shortened = (message: object) => JSON.parse(fitProtocol(JSON.stringify(message), 150) ?? "null");
    assert.deepEqual(shortened({ id: 7, result: {} }), { id: 7, result: {} });
    const { id, error } = shortened({ id: 7, result: { value: long } });
    assert.deepEqual([id, error.code], [7, -32000]);
    assert.deepEqual(shortened({ method: "Debugger.paused", params: { callFrames: [], reason: "exception", data: { description: long } } }), {
      ...{ method: "Debugger.paused", params: { callFrames: [], reason: "exception" } },
    });
    assert.equal(shortened({ method: "Debugger.paused", params: { callFrames: [long] } }), null);
    assert.equal(shortened({ method: "Runtime.consoleAPICalled", params: { args: [long] } }), null);
  });

  it("has no source map that wouldn't fit", () => {
    const urlOf = (chars: number) =>
      scriptOf({ runbook: "probe", sourceMap: JSON.stringify({ sourcesContent: ["ü".repeat(chars)] }) }, { sourceRoot: "file:///a/" }).sourceMapUrl;
    assert.match(urlOf(1_000), /^data:application\/json;base64,/);
    assert.equal(urlOf(2_000_000), "");
    assert.equal(urlOf(5_000_000), "");
  });
});
