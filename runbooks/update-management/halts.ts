import type { BaseContext, Deployment, Log } from "runwright";
import { tell } from "./tell.ts";

/** Waits while the rollout is halted: all who wait share one pause, and it is told once. */
export function pauses({ deployment, log, retry }: { deployment: Deployment; log: Log; retry: BaseContext<unknown>["retry"] }): () => Promise<void> {
  let pause: Promise<void> | undefined;
  async function wait(): Promise<void> {
    const { status, reason } = await deployment.control();
    if (status !== "halted") return;
    log.error(`halted: ${reason}`);
    await tell(deployment, "halted", { log, retry });
    const resumed = await deployment.resumed();
    log.warning(resumed.status === "halted" ? "still halted, and the window has closed" : `it goes on: ${resumed.status}`);
  }
  return () => {
    pause ??= wait().finally(() => {
      pause = undefined;
    });
    return pause;
  };
}
