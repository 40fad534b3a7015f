import { Type } from "typebox";
import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { FleetPort, MachineSummary } from "../ports.ts";
import { type CallContext, type HostFunction, holdsSecret, hostFunction } from "./function.ts";
import { DurationGiven, MachineId, undeclared, unselected, wrongDuration } from "./machine-grants.ts";

const DEFAULT_EXEC_MS = 5 * 60_000;
const REPORT_DAYS = 30;

const OneMachine = Type.Object({ machine: MachineId });
const Exec = Type.Object({
  machine: MachineId,
  argv: Type.Array(Type.String({ maxLength: 131_072 }), { minItems: 1, maxItems: 1_000 }),
  options: Type.Object({
    timeout: Type.Optional(DurationGiven),
    cwd: Type.Optional(Type.String({ maxLength: 4_096 })),
    env: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 131_072 }))),
    stdin: Type.Optional(Type.String({ maxLength: 1_048_576 })),
  }),
});
const Report = Type.Object({
  selector: Type.String({ maxLength: 10_000 }),
  options: Type.Object({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 180 })) }),
});
const SetTags = Type.Object({
  machine: MachineId,
  tags: Type.Record(Type.String(), Type.Union([Type.String({ maxLength: 255 }), Type.Null()]), { minProperties: 1, maxProperties: 100 }),
});

/** Every selection is cut to what the runbook declared and to the job's scope; every other function accepts only machines that the job has selected. */
export function machineFunctions(fleet: FleetPort): HostFunction[] {
  const granted = (context: CallContext, ...selectors: string[]) => {
    const declared = context.attempt.manifest.permissions.machines?.select ?? "";
    const { narrowedTo, scope } = context.attempt;
    return { selectors: [declared, ...(narrowedTo ? [narrowedTo] : []), ...selectors], scope };
  };
  const select = (context: CallContext, ...selectors: string[]): Promise<MachineSummary[]> => fleet.select(granted(context, ...selectors));
  const remember = (found: readonly MachineSummary[], context: CallContext): void => {
    for (const machine of found) context.machines.add(machine.id);
  };

  return [
    hostFunction(Type.Object({ selector: Type.String({ maxLength: 10_000 }) }), {
      op: "machines.select",
      effect: "read",
      refuse: (_args, context) => undeclared(context),
      perform: ({ selector }, context) => select(context, selector),
      seen: remember,
    }),
    hostFunction(Type.Object({ name: Type.String({ minLength: 1, maxLength: 253, pattern: "^[^\\s*,]+$" }) }), {
      op: "machines.get",
      effect: "read",
      refuse: (_args, context) => undeclared(context),
      async perform({ name }, context) {
        const [machine] = await select(context, `name=${name}`);
        if (machine === undefined) throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine "${name}" that this runbook may see`);
        return machine;
      },
      seen: (machine, context) => remember([machine], context),
    }),
    hostFunction(Report, {
      op: "machines.report",
      effect: "read",
      refuse: (_args, context) => undeclared(context),
      perform: ({ selector, options: { days = REPORT_DAYS } }, context) => fleet.report({ ...granted(context, selector), days }),
    }),
    hostFunction(OneMachine, {
      op: "machines.updates",
      effect: "read",
      refuse: ({ machine }, context) => undeclared(context) ?? unselected(machine, context),
      perform: ({ machine }) => fleet.updates(machine),
    }),
    hostFunction(OneMachine, {
      op: "machines.packages",
      effect: "read",
      refuse: ({ machine }, context) => undeclared(context) ?? unselected(machine, context),
      perform: ({ machine }) => fleet.packages(machine),
    }),
    hostFunction(Exec, {
      op: "machines.exec",
      effect: "write",
      alsoCheck: ({ options }) => wrongDuration("options.timeout", options.timeout),
      refuse: ({ machine }, context) => undeclared(context, "exec") ?? unselected(machine, context),
      perform({ machine, argv, options: { timeout, ...options } }, { id, onBehalfOf, signal }) {
        const timeoutMs = timeout === undefined ? DEFAULT_EXEC_MS : parseDuration(timeout);
        return fleet.exec(id, machine, argv, { ...options, timeoutMs }, onBehalfOf, signal);
      },
      // The fleet executes a command id once: asked again, it answers with what came of it.
      recover: () => "perform",
      dry: () => ({ exitCode: 0, stdout: "", stderr: "", truncated: false }),
    }),
    // Invariant: only machines that the declared selector found are tagged: a runbook can let machines leave its selector, and never draw others into it.
    hostFunction(SetTags, {
      op: "machines.setTags",
      effect: "write",
      refuse: ({ machine }, context) => undeclared(context, "tag") ?? unselected(machine, context),
      async perform({ machine, tags }, { id, onBehalfOf, masker }) {
        if (holdsSecret(masker, tags)) throw new RunwrightError("BAD_REQUEST", "a tag's value holds a secret that the job has read; tags are for everyone");
        await fleet.setTags(id, machine, tags, onBehalfOf);
        return null;
      },
      // They are set once for each call.
      recover: () => "perform",
      dry: () => null,
    }),
  ];
}
