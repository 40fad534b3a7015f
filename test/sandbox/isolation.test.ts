import assert from "node:assert/strict";
import { createRig, emptyJob, type Rig } from "./rig.ts";

/** What guest code must not find: each expression is evaluated in a runbook, and must give the value on the right. */
const PROPERTIES: [what: string, expression: string, expected: unknown][] = [
  ["no require", "typeof require", "undefined"],
  ["no process", "typeof process", "undefined"],
  ["no module", "typeof module + typeof exports", "undefinedundefined"],
  ["no timers", "typeof setTimeout + typeof setInterval + typeof setImmediate", "undefinedundefinedundefined"],
  ["no fetch of its own", "typeof fetch", "undefined"],
  ["no WebAssembly", "typeof WebAssembly", "undefined"],
  ["no shared memory", "typeof SharedArrayBuffer + typeof Atomics", "undefinedundefined"],
  ["no sight of garbage collection", "typeof WeakRef + typeof FinalizationRegistry + typeof gc", "undefinedundefinedundefined"],
  ["no performance clock", "typeof performance", "undefined"],
  ["no installer of the prelude", "typeof __install", "undefined"],
  ["no callback of the runner among the globals", "Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith('_') && name !== '__runbook')", []],
  ["no isolated-vm object on the context", "Reflect.ownKeys(ctx).filter((key) => /ivm|isolate|reference/i.test(String(key)))", []],
  ["no function constructor outside its realm", "ctx.log.constructor === Function && ctx.log.constructor.constructor === Function", true],
  ["no way out through a constructor", "ctx.output.constructor('return typeof process + typeof require')()", "undefinedundefined"],
  [
    "no way out through errors of host functions",
    "await ctx.variables.get('gone').catch((error) => error.constructor.constructor('return typeof process')())",
    "undefined",
  ],
  ["no way out through values of host functions", "(await ctx.variables.get('here')).constructor.constructor('return typeof process')()", "undefined"],
  [
    "no caller in a stack frame",
    "(() => { Error.prepareStackTrace = (_, sites) => sites.filter((site) => site.getFileName() === '<runwright>').map((site) => typeof site.getThis() + typeof site.getFunction()); const sites = new Error().stack; Error.prepareStackTrace = undefined; return [sites.length > 0, sites.every((type) => type === 'undefinedundefined')]; })()",
    [true, true],
  ],
  ["no dynamic import", "await import('node:fs').then(() => 'imported', () => 'refused')", "refused"],
  ["no resizable array buffers", "(() => { try { new ArrayBuffer(8, { maxByteLength: 1e9 }); } catch (error) { return error.name; } })()", "RangeError"],
  [
    "no resizable array buffers by a subclass",
    "(() => { try { new (class extends ArrayBuffer {})(8, { maxByteLength: 1e9 }); } catch (error) { return error.name; } })()",
    "RangeError",
  ],
  [
    "no resizable array buffers by a view's buffer",
    "(() => { try { new (new Uint8Array(1).buffer.constructor)(8, { maxByteLength: 1e9 }); } catch (error) { return error.name; } })()",
    "RangeError",
  ],
  [
    "no resize and transfer",
    "typeof ArrayBuffer.prototype.resize + typeof ArrayBuffer.prototype.transfer + typeof ArrayBuffer.prototype.transferToFixedLength",
    "undefinedundefinedundefined",
  ],
  [
    "ordinary array buffers all the same",
    "[new ArrayBuffer(8).byteLength, new ArrayBuffer(8) instanceof ArrayBuffer, ArrayBuffer.isView(new Uint8Array(1)), new ArrayBuffer(8).slice(2).byteLength, ArrayBuffer.name]",
    [8, true, true, 6, "ArrayBuffer"],
  ],
  ["nothing of the prelude's own rehearsal", "typeof globalThis.enter + typeof Temporal.Instant.from", "undefinedfunction"],
  ["nothing of an earlier job", "typeof globalThis.leftBehind + String([].leftBehind)", "undefinedundefined"],
  ["frozen capabilities", "(() => { 'use strict'; try { ctx.http.fetch = 1; } catch (error) { return error.name; } })()", "TypeError"],
];

describe("isolation", () => {
  let rig: Rig;
  before(async () => {
    rig = createRig();
    rig.ports.assets.variables.set("here", { a: [1] });
    await rig.finish("globalThis.leftBehind = 1; Array.prototype.leftBehind = 1;");
  });
  after(() => rig.stop());

  for (const [what, expression, expected] of PROPERTIES) {
    it(`gives guest code ${what}`, async () => {
      const { ending, outputs } = await rig.finish(`const ctx = { log, output, variables, http }; output(await (async () => (${expression}))());`, {
        permissions: { variables: ["here", "gone"] },
      });
      assert.equal(ending.kind, "completed", JSON.stringify(ending));
      assert.deepEqual(outputs, [expected]);
    });
  }

  it("holds when guest code has replaced what it can reach", async () => {
    const { ending, outputs } = await rig.finish(
      `
      const stolen = [];
      const spy = (owner, name) => { const real = owner[name]; owner[name] = function (...args) { for (const arg of args) if (typeof arg === "function") stolen.push(name + ":" + String(arg).includes("native")); return Reflect.apply(real, this, args); }; };
      spy(Promise.prototype, "then"); spy(Array.prototype, "push"); spy(Function.prototype, "call"); spy(Function.prototype, "apply"); spy(Map.prototype, "set");
      JSON.stringify = () => "forged"; JSON.parse = () => "forged"; Array.prototype[Symbol.iterator] = function* () { yield "forged"; };
      Object.prototype.code = "forged"; Object.defineProperty(Object.prototype, "done", { get() { throw 1; }, set() { throw 2; } });
      String.prototype.slice = () => "forged"; Reflect.apply = () => "forged"; globalThis.Promise = class {}; globalThis.Error = class {};
      const value = await variables.get("here");
      output(value.a[0]);
      output(stolen.includes("then:true"));`,
      { permissions: { variables: ["here"] } },
    );
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.equal(outputs[0], 1);
  });

  it("holds when guest code calls host functions while a stack is formatted for one", async () => {
    const body = `
      let depth = 0;
      Error.prepareStackTrace = () => { if (depth++ < 3) variables.get("here").catch(() => {}); return "forged"; };
      await variables.get("here"); await variables.get("here"); output("done");`;
    const first = await rig.finish(body, { permissions: { variables: ["here"] } });
    assert.equal(first.ending.kind, "completed", JSON.stringify(first.ending));
    const replayed = await rig.finish(body, { permissions: { variables: ["here"] }, kept: { ...emptyJob(), recorded: first.kept.recorded } });
    // Which call comes first differs in a replay, which asks for stacks: the job may fail of that, its runner must not.
    assert.notEqual(replayed.ending.kind, "lost", JSON.stringify(replayed.ending));
  });

  it("offers the few globals that libraries take for granted", async () => {
    const { outputs, ending } = await rig.finish(`
      output([...new TextEncoder().encode("aé€😀\\ud800")]);
      output(new TextDecoder().decode(new Uint8Array([97, 195, 169, 226, 130, 172, 240, 159, 152, 128, 255, 0xe2, 0x82, 98])));
      output([btoa("hello"), atob("aGVsbG8=")]);
      await new Promise((resolve) => queueMicrotask(resolve));
    `);
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.deepEqual(outputs, [[...new TextEncoder().encode("aé€😀\ud800")], "aé€😀\ufffd\ufffdb", ["aGVsbG8=", "hello"]]);
  });
});
