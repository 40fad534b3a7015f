import type { BaseContext, Deployment, Log } from "runwright";

/** Tells whom the window names. That nobody can be told keeps nothing from being patched. */
export async function tell(
  deployment: Deployment,
  kind: "halted" | "ended",
  { log, retry }: { log: Log; retry: BaseContext<unknown>["retry"] },
): Promise<void> {
  if (!deployment.notifies) return;
  try {
    await retry(() => deployment.notify(kind), { attempts: 4, backoff: { initial: "5s" } });
  } catch (error) {
    log.warning(`nobody could be told that it is ${kind}: ${(error as Error).message}`);
  }
}
