// One of the bare processes of the floor: `floor-process.ts JOBS fresh|shared`, then "go".
import ivm from "isolated-vm";
import { BUNDLE } from "./engine-under-test.ts";

const HARNESS = `(async () => {
  const outputs = [];
  await __runbook.default.definition.run({ output: (value) => outputs.push(value) });
  return JSON.stringify(outputs);
})()`;

const isShared = process.argv[3] === "shared";
const newIsolate = () => new ivm.Isolate({ memoryLimit: 64 });

async function job(isolate: ivm.Isolate): Promise<void> {
  const context = await isolate.createContext();
  await context.eval(BUNDLE);
  const outputs = await context.eval(HARNESS, { promise: true, copy: true });
  if (outputs !== '[{"sum":2}]') throw new Error(`the floor's job wrote ${outputs}`);
  if (isShared) context.release();
  else isolate.dispose();
}

async function run(jobs: number): Promise<void> {
  let left = jobs;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      const own = isShared ? newIsolate() : undefined;
      while (left-- > 0) await job(own ?? newIsolate());
    }),
  );
}

await run(50);
process.once("message", async () => {
  await run(Number(process.argv[2]));
  process.send?.("done");
});
process.send?.("warm");
