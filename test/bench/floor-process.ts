// One of the bare processes of the floor: `floor-process.ts JOBS`, then "go".
import ivm from "isolated-vm";
import { BUNDLE } from "./engine-under-test.ts";

const HARNESS = `(async () => {
  const outputs = [];
  await __runbook.default.definition.run({ output: (value) => outputs.push(value) });
  return JSON.stringify(outputs);
})()`;

async function job(): Promise<void> {
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  const context = await isolate.createContext();
  await context.eval(BUNDLE);
  const outputs = await context.eval(HARNESS, { promise: true, copy: true });
  if (outputs !== '[{"sum":2}]') throw new Error(`the floor's job wrote ${outputs}`);
  isolate.dispose();
}

async function run(jobs: number): Promise<void> {
  let left = jobs;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (left-- > 0) await job();
    }),
  );
}

await run(50);
process.once("message", async () => {
  await run(Number(process.argv[2]));
  process.send?.("done");
});
process.send?.("warm");
