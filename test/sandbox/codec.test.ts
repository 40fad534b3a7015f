import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson, isSameJson, type Json } from "../../engine/core/json.ts";
import { createMasker } from "../../engine/core/masking.ts";
import { encodeFrames, FrameDecoder, FrameError } from "../../engine/protocol/frames.ts";
import { parseRunnerMessage } from "../../engine/protocol/sandbox.ts";
import { createRig, type Rig, settled } from "./rig.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
/** Names that mean something to JavaScript, to JSON, to Runwright's own records, and to whoever copies objects carelessly. */
const KEYS = ["__proto__", "constructor", "prototype", "toString", "toJSON", "then", "length", "", "0", "runwright:asset", "name", "code", "won"];
const TEXTS = ["\u2028\u2029", "\ud800", "\udfff\ud800", "\0", "\u001b[2J", "</script>", "***", "𝒳", "\uffff"];

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...TEXTS));
const key = fc.oneof(fc.constantFrom(...KEYS), fc.string({ unit: "binary", maxLength: 5 }));
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(-0, 5e-324, 1.7976931348623157e308, 2 ** 53));
/** JSON text of any value, with members of any name: built as text, so that no object literal swallows `__proto__`. */
const { value: json } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)).map((scalar) => JSON.stringify(scalar)),
    fc.array(tie("value"), { maxLength: 5 }).map((items) => `[${items.join(",")}]`),
    fc
      .uniqueArray(fc.tuple(key, tie("value")), { maxLength: 5, selector: ([name]) => name })
      .map((members) => `{${members.map(([name, member]) => `${JSON.stringify(name)}:${member}`).join(",")}}`),
  ),
}));
const parse = (from: string) => JSON.parse(from) as Json;
/** -0 is 0 in JSON. */
const normal = (from: string) => JSON.stringify(parse(from));

describe("values between guest, runner and broker", function () {
  this.timeout(120_000);

  it("come out of frames as they went in, whatever their members are called", () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 5 }), (texts) => {
        const messages = texts.map(parse);
        const received = encodeFrames(messages).flatMap((frame) => new FrameDecoder().push(frame));
        assert.deepEqual(
          received.map((one) => JSON.stringify(one)),
          messages.map((one) => JSON.stringify(one)),
        );
      }),
    );
  });

  it("have one canonical text, that only equal values share", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const [left, right] = [parse(a), parse(b)];
        assert.equal(canonicalJson(parse(canonicalJson(left))), canonicalJson(left));
        assert.equal(canonicalJson(left) === canonicalJson(right), isSameJson(left, right));
        assert.ok(isSameJson(parse(canonicalJson(left)), left));
      }),
      { examples: [['{"__proto__":{"a":1}}', "{}"]] },
    );
  });

  it("are copied member by member when they are masked, and no copy has a prototype of theirs", () => {
    const masker = createMasker();
    masker.add("a secret that is nowhere", "secret:x@1");
    fc.assert(
      fc.property(json, (from) => {
        for (const copy of [masker.maskJson(parse(from)), masker.labelJson(parse(from))]) assert.equal(JSON.stringify(copy), normal(from));
      }),
      { examples: [['{"__proto__":{"isAdmin":true}}']] },
    );
    assert.equal(Object.hasOwn(Object.prototype, "isAdmin"), false);
  });

  it("of any kind are a message of a runner or refused, and nothing else", () => {
    const field = fc.oneof(json.map(parse), fc.constantFrom<Json>("call", "emit", "end", "idle", "doomed", "ready", "log", "completed", "failed", 1, 0, "{}"));
    const names = ["type", "attempt", "call", "op", "args", "site", "entry", "kind", "body", "at", "ending", "cpuMs", "heapBytes", "outcomes", "reason"];
    const message = fc.oneof(
      json.map(parse),
      fc.dictionary(fc.constantFrom(...names), field).map((fields) => fields as Json),
    );
    fc.assert(
      fc.property(message, (one) => {
        try {
          const taken = parseRunnerMessage(one);
          assert.equal(typeof taken.type, "string");
          // Only what the protocol names is taken over.
          assert.ok(
            Object.keys(taken).every((name) => names.includes(name) || name === "uid" || name === "runtime" || name.startsWith("is") || name === "ranges"),
          );
        } catch (error) {
          assert.ok(error instanceof FrameError, String(error));
        }
      }),
      { numRuns: LONG ? 20_000 : 1_000 },
    );
  });

  describe("through a real isolate", () => {
    let rig: Rig;
    before(() => {
      rig = createRig();
    });
    after(() => rig.stop());

    it("arrive as JSON writes them: parameters, arguments, results and outputs", async () => {
      const bunch = fc.array(json, { minLength: 20, maxLength: 40 });
      const body = `
        for (const value of params.values) {
          await variables.set("x", value);
          output(await variables.get("x"));
        }`;
      await fc.assert(
        fc.asyncProperty(bunch, async (texts) => {
          const { ending, outputs, kept } = await rig.finish(body, {
            permissions: { variables: ["x"], setVariables: ["x"] },
            params: { values: texts.map(parse) },
          });
          assert.equal(ending.kind, "completed", JSON.stringify(ending));
          assert.deepEqual(
            outputs.map((one) => JSON.stringify(one)),
            texts.map(normal),
          );
          const results = settled(kept.recorded).flatMap((outcome, i) => (i % 2 === 1 && outcome.ok ? [JSON.stringify(outcome.value)] : []));
          // A value that looks like a reference to a secret is kept under a mark: what guest code sees is compared above.
          for (const [i, result] of results.entries()) if (!result.includes("runwright:asset")) assert.equal(result, normal(texts[i] ?? ""));
        }),
        { numRuns: LONG ? 100 : 10 },
      );
    });

    it("that are no JSON are refused where they are made, and end no runner", async () => {
      const { ending, outputs } = await rig.finish(
        `
        const circular = {}; circular.self = circular;
        const wrong = [undefined, () => {}, Symbol("x"), 1n, circular, { toJSON() { throw new Error("no"); } }, new Proxy({}, { ownKeys() { throw new Error("no"); } })];
        const names = [];
        for (const value of wrong) {
          try { output(value); names.push("taken"); } catch (error) { names.push(error.name); }
        }
        output(names);`,
      );
      assert.equal(ending.kind, "completed", JSON.stringify(ending));
      assert.deepEqual(outputs, [["TypeError", "TypeError", "TypeError", "TypeError", "TypeError", "Error", "Error"]]);
    });
  });
});
