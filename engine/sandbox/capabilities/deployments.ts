import { createHash } from "node:crypto";
import { type Static, Type } from "typebox";
import type { Clock } from "../../core/clock.ts";
import {
  type Begun,
  type Finished,
  type HookOutcome,
  type Installed,
  type Rebooted,
  type RebootPermit,
  type RolloutControl,
  rolloutEvent,
} from "../../core/deploy/rollout.ts";
import { RunwrightError } from "../../core/errors.ts";
import { MAX_TIME_MS } from "../../core/wait.ts";
import { sign } from "../../protocol/webhook-signature.ts";
import type { HttpClient } from "../http/client.ts";
import type { AssetsPort, DeploymentCall, DeploymentsPort, EventsPort } from "../ports.ts";
import { type CallContext, type HostFunction, holdsSecret, hostFunction } from "./function.ts";

/** A rollout that is halted looks now and then, should nobody have told it that it goes on. */
const LOOK_MS = 5 * 60_000;
const NOTICE_TIMEOUT_MS = 30_000;

const Id = Type.String({ minLength: 1, maxLength: 100 });
const Words = Type.String({ maxLength: 1_000 });
const Of = Type.Object({ deployment: Id });
const OfMachine = Type.Object({ deployment: Id, machine: Id });
const Pause = Type.Object({ ...Of.properties, until: Type.Number({ minimum: 0, maximum: MAX_TIME_MS }) });
const Reboot = Type.Object({ ...OfMachine.properties, fence: Type.Integer({ minimum: 1 }) });
const Hook = Type.Object({ ...Of.properties, hook: Type.Integer({ minimum: 0, maximum: 1_000 }), machine: Type.Optional(Id) });
const Finish = Type.Object({
  ...OfMachine.properties,
  options: Type.Object({ failed: Type.Optional(Words), warnings: Type.Optional(Type.Array(Words, { maxItems: 100 })) }),
});
const End = Type.Object({ ...Of.properties, options: Type.Object({ gate: Type.Optional(Words), failed: Type.Optional(Words) }) });
const Rollback = Type.Object({ ...OfMachine.properties, how: Type.Union([Type.Literal("plan"), Type.Literal("rollback")]) });
const Notify = Type.Object({ ...Of.properties, kind: Type.Union([Type.Literal("halted"), Type.Literal("ended")]) });

interface DeploymentParts {
  deployments: DeploymentsPort;
  events: EventsPort;
  assets: AssetsPort;
  http: HttpClient;
}

/** Only the job that a deployment has started may carry it out: the port proves that for each call. All that they change is done once for a call, so after a crash they are asked again. */
export function deploymentFunctions({ deployments, events, assets, http }: DeploymentParts): HostFunction[] {
  const refuse = (_: unknown, { attempt }: CallContext) => {
    if (!attempt.manifest.permissions.deployments) return "the runbook doesn't declare deployments: add permissions.deployments";
    return attempt.narrowedTo ? `the job may reach ${attempt.narrowedTo} only, and a deployment has machines of its own` : undefined;
  };
  const callOf = ({ deployment }: { deployment: string }, { id, onBehalfOf, signal }: CallContext): DeploymentCall => ({
    ...{ id, onBehalfOf, signal },
    deploymentId: deployment,
  });
  /** Waits without a runner, and looks again whenever something is told about the rollout. @param until when to look at the latest; undefined: it waits no longer */
  async function heed(args: { deployment: string }, context: CallContext, until: (control: RolloutControl) => number | undefined): Promise<RolloutControl> {
    const name = rolloutEvent(args.deployment);
    for (let after = 0; ; ) {
      // Looked at before the status: what is told in between is seen in the next round.
      after = await lastOf(events, name, context);
      const control = await deployments.control(callOf(args, context));
      const next = until(control);
      if (next === undefined) return control;
      context.awaits({ kind: "event", name, after, until: next });
      await events.next(name, next, context.signal);
    }
  }
  /** Time spent in it is the machine's, not the job's. */
  const step = { effect: "write", waits: true, refuse, recover: (): "perform" => "perform" } as const;
  const notDone = { go: false, again: false, message: "a dry job does nothing" } as const;

  return [
    hostFunction(Of, { op: "deployments.get", effect: "read", refuse, perform: (args, context) => deployments.get(callOf(args, context)) }),
    hostFunction(Of, { op: "deployments.control", effect: "read", refuse, perform: (args, context) => deployments.control(callOf(args, context)) }),
    hostFunction(Of, {
      op: "deployments.resumed",
      effect: "read",
      waits: true,
      refuse,
      perform: (args, context) =>
        heed(args, context, ({ status, leftMs }) => (status === "halted" && leftMs > 0 ? context.clock.now() + Math.min(leftMs, LOOK_MS) : undefined)),
    }),
    hostFunction(Pause, {
      op: "deployments.pause",
      effect: "read",
      waits: true,
      refuse,
      perform: (args, context) =>
        heed(args, context, ({ status, leftMs }) => {
          const now = context.clock.now();
          const isOn = (status === "running" || status === "halted") && leftMs > 0;
          return isOn && now < args.until ? Math.min(args.until, now + LOOK_MS) : undefined;
        }),
    }),
    hostFunction(OfMachine, {
      op: "deployments.begin",
      ...step,
      perform: (args, context) => deployments.begin(callOf(args, context), args.machine),
      dry: (): Begun => ({ ...notDone, status: "NotStarted", over: false }),
    }),
    hostFunction(OfMachine, {
      op: "deployments.install",
      ...step,
      perform: (args, context) => deployments.install(callOf(args, context), args.machine),
      dry: (): Installed => ({ end: "none", succeeded: 0, failed: 0, left: 0, rebootPending: false, message: notDone.message }),
    }),
    hostFunction(OfMachine, {
      op: "deployments.askReboot",
      ...step,
      perform: (args, context) => deployments.askReboot(callOf(args, context), args.machine),
      dry: (): RebootPermit => ({ ...notDone, state: "NotNeeded" }),
    }),
    hostFunction(Reboot, {
      op: "deployments.reboot",
      ...step,
      perform: (args, context) => deployments.reboot(callOf(args, context), args.machine, args.fence),
      dry: (): Rebooted => ({ state: "Failed", bootIdBefore: null, bootIdAfter: null, message: notDone.message }),
    }),
    hostFunction(Hook, {
      op: "deployments.hook",
      ...step,
      perform: (args, context) => deployments.hook({ ...callOf(args, context), depth: context.attempt.depth }, args.hook, args.machine),
      dry: (): HookOutcome => ({ ok: true, message: notDone.message, consequence: null }),
    }),
    hostFunction(Finish, {
      op: "deployments.finish",
      ...step,
      perform: (args, context) => deployments.finish(callOf(args, context), args.machine, open(args.options, context)),
      dry: (): Finished => ({ status: "NotStarted", message: notDone.message, failed: 0, allowed: 0, deployment: "running" }),
    }),
    hostFunction(End, {
      op: "deployments.end",
      ...step,
      perform: (args, context) => deployments.end(callOf(args, context), open(args.options, context)),
      async dry(args, context) {
        const { status, reason, counts } = await deployments.control(callOf(args, context));
        return { status, reason, counts };
      },
    }),
    hostFunction(Of, { op: "deployments.rollbackView", effect: "read", refuse, perform: (args, context) => deployments.rollbackView(callOf(args, context)) }),
    hostFunction(Rollback, {
      op: "deployments.rollback",
      ...step,
      effect: ({ how }) => (how === "plan" ? "read" : "write"),
      perform: (args, context) => deployments.rollback(callOf(args, context), args.machine, args.how),
      dry: (args, context) => deployments.rollback(callOf(args, context), args.machine, "plan"),
    }),
    hostFunction(Notify, {
      op: "deployments.notify",
      ...step,
      perform: (args, context) => notify({ deployments, assets, http, clock: context.clock }, args, { ...context, call: callOf(args, context) }),
      dry: () => null,
    }),
  ];
}

/** What a runbook says of a machine is shown to whoever may see the deployment. */
function open<Options extends object>(options: Options, { masker }: CallContext): Options {
  if (holdsSecret(masker, options)) throw new RunwrightError("BAD_REQUEST", "what is said holds a secret that the job has read");
  return options;
}

/** Number of the last event of this name. */
async function lastOf(events: EventsPort, name: string, { attempt }: CallContext): Promise<number> {
  const { last } = await events.find({ name, scope: attempt.scope, after: 0, since: MAX_TIME_MS, match: {}, taken: new Set() });
  return last;
}

/** The secret never comes near the runbook. */
async function notify(
  { deployments, assets, http, clock }: Omit<DeploymentParts, "events"> & { clock: Clock },
  { kind, deployment }: Static<typeof Notify>,
  { call, onBehalfOf, signal }: Pick<CallContext, "onBehalfOf" | "signal"> & { call: DeploymentCall },
): Promise<number | null> {
  const notice = await deployments.notice(call, kind);
  if (notice === null) return null;
  const { value } = await assets.read("secret", notice.secret, null, onBehalfOf);
  const body = Buffer.from(JSON.stringify(notice.body), "utf8");
  // The same for the same news, however often it is tried: who has it already knows.
  const id = `msg_${createHash("sha256").update(`${deployment} ${kind} ${notice.about}`).digest("hex").slice(0, 32)}`;
  const headers = { "content-type": "application/json", ...signed({ secret: String(value), name: notice.secret, id, body, now: clock.now() }) };
  const url = new URL(notice.url);
  const request = { url: url.href, method: "POST", headers, body, timeoutMs: NOTICE_TIMEOUT_MS, redirect: "error" } as const;
  const { status } = await http.send(request, [url.origin], signal);
  if (status >= 300) throw new RunwrightError("HTTP_FAILED", `${url.origin} answered the notice with ${status}`);
  return status;
}

function signed({ secret, name, ...message }: { secret: string; name: string; id: string; body: Uint8Array; now: number }): Record<string, string> {
  try {
    return sign({ scheme: "standard", secret, ...message });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new RunwrightError("BAD_REQUEST", `the secret "${name}" can't sign webhooks: it must be base64, with or without whsec_`, { cause });
  }
}
