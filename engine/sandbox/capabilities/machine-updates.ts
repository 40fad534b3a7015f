import { Type } from "typebox";
import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { FleetPort } from "../ports.ts";
import { type HostFunction, holdsSecret, hostFunction } from "./function.ts";
import { DurationGiven, MachineId, undeclared, unselected, wrongDuration } from "./machine-grants.ts";

/** How long a result is waited for once the machine has taken the command. */
const DEFAULTS = { assess: "10m", install: "6h", reboot: "30m" };
const MAX_UPDATES = 10_000;

const word = Type.String({ minLength: 1, maxLength: 256 });
const Assess = Type.Object({
  machine: MachineId,
  options: Type.Object({ refresh: Type.Optional(Type.Boolean()), timeout: Type.Optional(DurationGiven) }),
});
const Install = Type.Object({
  machine: MachineId,
  updates: Type.Array(Type.Object({ name: word, architecture: word, version: word }), { minItems: 1, maxItems: MAX_UPDATES }),
  options: Type.Object({
    configurationFiles: Type.Optional(Type.Union([Type.Literal("keep"), Type.Literal("replace")])),
    startWithin: Type.Optional(DurationGiven),
    timeout: Type.Optional(DurationGiven),
  }),
});
const Reboot = Type.Object({
  machine: MachineId,
  options: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1_000 }), timeout: Type.Optional(DurationGiven) }),
});

/** What keeps machines patched. Each is done once for its call: asked again after a crash, the fleet answers with what came of it. */
export function machineUpdateFunctions(fleet: FleetPort): HostFunction[] {
  return [
    hostFunction(Assess, {
      op: "machines.assess",
      effect: "write",
      alsoCheck: ({ options }) => wrongDuration("options.timeout", options.timeout),
      refuse: ({ machine }, context) => undeclared(context, "inventory") ?? unselected(machine, context),
      perform({ machine, options: { refresh = false, timeout = DEFAULTS.assess } }, { id, onBehalfOf, signal }) {
        return fleet.assess(id, machine, { refresh, timeoutMs: parseDuration(timeout) }, onBehalfOf, signal);
      },
      recover: () => "perform",
      // What the engine knows already: the machine isn't asked.
      dry: ({ machine }) => fleet.updates(machine),
    }),
    hostFunction(Install, {
      op: "machines.install",
      effect: "write",
      alsoCheck: ({ options }) => wrongDuration("options.timeout", options.timeout) ?? wrongDuration("options.startWithin", options.startWithin),
      refuse: ({ machine }, context) => undeclared(context, "install") ?? unselected(machine, context),
      perform({ machine, updates, options: { configurationFiles, startWithin, timeout = DEFAULTS.install } }, { id, onBehalfOf, signal }) {
        const request = {
          updates,
          ...(configurationFiles === undefined ? {} : { configurationFiles }),
          ...(startWithin === undefined ? {} : { startWithinMs: parseDuration(startWithin) }),
          timeoutMs: parseDuration(timeout),
        };
        return fleet.install(id, machine, request, onBehalfOf, signal);
      },
      recover: () => "perform",
      dry: ({ updates }) => ({
        ...{ packageManager: "", rebootPending: false, rebootReasons: [], repairs: [], resumed: 0, logFile: "" },
        updates: updates.map(({ name, architecture, version }) => ({
          ...{ name, architecture, version, fromVersion: null, status: "NotStarted" as const, message: "a dry job installs nothing" },
          ...{ startedAt: null, endedAt: null },
        })),
      }),
    }),
    hostFunction(Reboot, {
      op: "machines.reboot",
      effect: "write",
      alsoCheck: ({ options }) => wrongDuration("options.timeout", options.timeout),
      refuse: ({ machine }, context) => undeclared(context, "reboot") ?? unselected(machine, context),
      async perform({ machine, options: { reason, timeout = DEFAULTS.reboot } }, { id, onBehalfOf, signal, masker }) {
        if (holdsSecret(masker, reason))
          throw new RunwrightError("BAD_REQUEST", "the reason holds a secret that the job has read; machines write it into their logs");
        return fleet.reboot(id, machine, { reason, timeoutMs: parseDuration(timeout) }, onBehalfOf, signal);
      },
      recover: () => "perform",
      dry: () => ({ bootIdBefore: "", bootId: "", downMs: null }),
    }),
  ];
}
