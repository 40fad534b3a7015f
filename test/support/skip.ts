import type { Context } from "mocha";

/**
 * Skips the running test, or from a hook all tests of its suite, and says why. `npm test` counts a test that is skipped without a reason as failed.
 *
 *     it("limits memory", function () { if (!cgroups) skip(this, "this kernel gives us no cgroup"); … });
 */
export function skip(context: Context, reason: string): never {
  const running = context.test;
  if (running === undefined) throw new Error("skip() is for a running test or hook");
  // Mocha's types don't tell: a running hook is in the same place as a running test.
  const isHook = "type" in running && running.type === "hook";
  Object.assign((isHook && running.parent) || running, { skipReason: reason });
  return context.skip();
}
