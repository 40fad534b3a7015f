import type { Approval, ApprovalOptions, Approver, Deployment, DeploymentMachine } from "runwright";
import type { Result } from "./patch.ts";

export interface GateInput {
  deployment: Deployment;
  /** Number of the wave that has ended and soaked, from 1. */
  finished: number;
  next: readonly DeploymentMachine[];
  /** Of all machines that have had their turn. */
  results: readonly Result[];
  ask(options: ApprovalOptions): Promise<Approval>;
}

export type GateDecision = { go: true } | { go: false; reason: string };

/** Who must agree before each further wave, such as `role:operator`; nobody: nobody is asked. */
const APPROVERS: readonly Approver[] = [];
/** A wave of so many in which more than half have failed ends the rollout, also where the error budget of a thousand machines would let it go on. */
const TELLING = 3;

/**
 * Decides whether the next wave begins. The place for your own rules: ask a monitoring system (declare its address in `permissions.http`), look at a variable, start a
 * runbook that tests. The error budget is not decided here: when it is spent, the engine halts the rollout by itself.
 */
export async function gate({ deployment, finished, next, results, ask }: GateInput): Promise<GateDecision> {
  const wave = results.filter((one) => one.wave === finished - 1);
  const tried = wave.filter(({ status }) => status !== "PlanDrift" && status !== "Frozen" && status !== "SkippedByGate");
  const failed = tried.filter((one) => one.failed);
  if (tried.length >= TELLING && failed.length > tried.length / 2)
    return { go: false, reason: `${failed.length} of ${tried.length} machines of wave ${finished} failed, such as ${failed[0]?.machine}` };
  if (APPROVERS.length === 0) return { go: true };
  return approved(ask, {
    who: APPROVERS,
    message: `Wave ${finished} of ${deployment.window} has ended (${summary(wave)}). May the next ${next.length} be patched?`,
  });
}

async function approved(ask: GateInput["ask"], { who, message }: { who: readonly Approver[]; message: string }): Promise<GateDecision> {
  try {
    await ask({ message, who, timeout: "4h" });
    return { go: true };
  } catch (error) {
    return { go: false, reason: (error as Error).message };
  }
}

/** `3 Succeeded, 1 Failed`. */
const summary = (results: readonly Result[]): string =>
  [...Map.groupBy(results, ({ status }) => status)].map(([status, of]) => `${of.length} ${status}`).join(", ") || "none was tried";
