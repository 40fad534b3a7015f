import type { Deployment } from "runwright";

/** Runs what the window names for the deployment as a whole. What a failure does to the rollout the engine has decided. @returns whether it goes on */
export async function runHooks(deployment: Deployment, at: "before" | "after"): Promise<boolean> {
  for (const hook of deployment.hooks.filter((one) => one.at === at)) if ((await deployment.hook(hook)).consequence === "abort") return false;
  return true;
}
