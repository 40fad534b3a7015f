type Values = Readonly<Record<string, unknown>>;

/** What a launch configuration of type `runwright` says, once it was read. */
export type DebugWishes =
  | { kind: "run"; program: string; version: number | undefined; params: Values | undefined; dry: boolean; machine: string | undefined }
  | { kind: "fleet"; program: string; fleet: string; params: Values | undefined; dry: boolean }
  | { kind: "replay"; job: string; from: number | undefined; allow: readonly string[] };

/** Reads a configuration, which a person has written. @throws saying which member is wrong, and what it takes */
export function wishesIn(configuration: Readonly<Record<string, unknown>>): DebugWishes {
  const { request, program, version, params, dry = false, machine, fleet, job, from, allow = [] } = configuration;
  if (request === "attach") {
    if (typeof job !== "string" || job === "") throw wrong("job", "the id of a job that has ended, such as job_01J8…");
    if (from !== undefined && !isNumber(from)) throw wrong("from", "the number of a call, from 1");
    if (!Array.isArray(allow) || !allow.every((one) => typeof one === "string"))
      throw wrong("allow", 'a list of writes that are done, such as ["machines.exec"]');
    return { kind: "replay", job, from, allow };
  }
  if (typeof program !== "string" || program === "") throw wrong("program", "the path of a runbook's file");
  if (version !== undefined && !isNumber(version)) throw wrong("version", "the number of a published version, from 1");
  if (params !== undefined && (typeof params !== "object" || params === null || Array.isArray(params))) throw wrong("params", "an object with the parameters");
  if (typeof dry !== "boolean") throw wrong("dry", "true or false");
  if (machine !== undefined && (typeof machine !== "string" || machine === "")) throw wrong("machine", "the name of one machine");
  if (fleet !== undefined && (typeof fleet !== "string" || fleet === "")) throw wrong("fleet", "the path of a module with a fake fleet");
  if (fleet !== undefined && (machine !== undefined || version !== undefined))
    throw wrong("fleet", 'no "machine" and no "version" beside it: nothing in it is of an engine');
  // An object, as was looked at above.
  const given = params as Values | undefined;
  return fleet === undefined ? { kind: "run", program, version, params: given, dry, machine } : { kind: "fleet", program, fleet, params: given, dry };
}

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
const wrong = (member: string, takes: string) => new Error(`The launch configuration's "${member}" is wrong: it takes ${takes}.`);

/** A configuration for VS Code's own JavaScript debugger, at a sandbox that waits for it. */
export const attachedTo = (websocketAddress: string, name: string) => ({
  ...{ type: "node", request: "attach", name, websocketAddress },
  // Without it a breakpoint in the first lines comes too late.
  pauseForSourceMap: true,
  // Sources may lie outside of the workspace: recorded ones do.
  resolveSourceMapLocations: null,
  attachExistingChildren: false,
  autoAttachChildProcesses: false,
});
