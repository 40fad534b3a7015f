import { countsAsFailed, type Deployment, type DeploymentMachine, type Log, type MachineStatus, type NotYet, type RolloutHook } from "runwright";

/** What became of one machine. */
export interface Result {
  machine: string;
  wave: number;
  status: MachineStatus;
  message: string;
  failed: boolean;
  /** No other machine can begin any more. */
  over: boolean;
}

export interface PatchContext {
  deployment: Pick<Deployment, "hooks" | "pause">;
  log: Log;
  /** Waits while the rollout is halted. */
  halted(): Promise<void>;
}

/** One machine's turn: begin, install, reboot if need be, finish, with the window's hooks in between. */
export async function patch(machine: DeploymentMachine, context: PatchContext): Promise<Result> {
  const begun = await untilAllowed(() => machine.begin(), machine.name, context);
  if (!begun.go) return told(machine, { ...begun, over: begun.over }, context);
  if (await steps(machine, context)) await reboot(machine, context);
  const { status, message } = await machine.finish();
  return told(machine, { status, message, over: false }, context);
}

/** @returns whether a reboot may follow */
async function steps(machine: DeploymentMachine, context: PatchContext): Promise<boolean> {
  if (!(await hooks(machine, "beforeMachine", context))) return false;
  const { end, message } = await untilAllowed(() => machine.install(), machine.name, context);
  if (end !== "reported" && end !== "none") context.log.warning(`${machine.name}: ${message}`);
  // Who is lost, still at it, or not wanted any more, isn't told to do anything else.
  if (end === "lost" || end === "unfinished" || end === "calledOff") return false;
  return hooks(machine, "afterInstall", context);
}

async function reboot(machine: DeploymentMachine, context: PatchContext): Promise<void> {
  const permit = await untilAllowed(() => machine.askReboot(), machine.name, context);
  if (!permit.go) return;
  context.log(`${machine.name} reboots`);
  const { state, message } = await machine.reboot(permit.fence);
  if (state === "Completed") await hooks(machine, "afterReboot", context);
  else if (state === "Required") context.log.warning(`${machine.name}: ${message}`);
  else context.log.error(`${machine.name}: its reboot isn't proven: ${message}`);
}

/** @returns false when one has failed that keeps the rest from being done */
async function hooks(machine: DeploymentMachine, at: RolloutHook["at"], { deployment, log }: PatchContext): Promise<boolean> {
  for (const hook of deployment.hooks.filter((one) => one.at === at)) {
    const { ok, message, consequence } = await machine.hook(hook);
    if (!ok) log.warning(`${machine.name}: ${message}`);
    if (consequence === "abort" || consequence === "skipMachine") return false;
  }
  return true;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 120_000;

/** Asks until the answer isn't "not yet", with growing pauses: others may hold the machine, or be rebooting. */
async function untilAllowed<Answer extends object>(
  ask: () => Promise<Answer | NotYet>,
  name: string,
  { deployment, log, halted }: PatchContext,
): Promise<Answer> {
  for (let pause = FIRST_PAUSE_MS, said = ""; ; ) {
    const answer = await ask();
    if (!isNotYet(answer)) return answer;
    if (answer.halted) {
      await halted();
      continue;
    }
    if (answer.message !== said) log.verbose(`${name} waits: ${answer.message}`);
    said = answer.message;
    await deployment.pause(Math.max(Date.now() + pause, answer.at));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

const isNotYet = (answer: object): answer is NotYet => "again" in answer && answer.again === true;

function told(machine: DeploymentMachine, { status, message, over }: Pick<Result, "status" | "message" | "over">, { log }: PatchContext): Result {
  const failed = countsAsFailed(status);
  (failed ? log.error : status === "Succeeded" ? log.verbose : log.warning)(`${machine.name}: ${status}: ${message}`);
  return { machine: machine.name, wave: machine.wave, status, message, failed, over };
}
