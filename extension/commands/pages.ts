import { engineOf, type Run } from "./parts.ts";
import { pickDeployment, pickJob } from "./pick.ts";
import { deploymentIn, jobIn } from "./subject.ts";

/** Progress, streams, host calls and their timing of one job. */
export const openJob: Run = async (parts, given) => parts.pages.openJob(jobIn(given) ?? (await pickJob(await engineOf(parts), "Open Job")));

/** Waves, machines, and what is left of the window. */
export const openDeployment: Run = async (parts, given) =>
  parts.pages.openDeployment(deploymentIn(given) ?? (await pickDeployment(await engineOf(parts), "Open Deployment")));
