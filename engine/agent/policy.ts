import { stat } from "node:fs/promises";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { isMissing, readJson } from "./state-directory.ts";

/** What an engine can ask of an agent. */
export const AGENT_ACTIONS = ["inventory", "assess", "exec", "install", "rollback", "reboot", "update-agent"] as const;

/**
 * What the machine's owner lets its engine do, whatever that engine wants. The file is read before every command, so that a change takes effect at once.
 * Without a file everything is allowed: whoever ran `agent join` as root has handed the machine over.
 */
const PolicySchema = Type.Object(
  {
    /** Only these actions; absent: all of them. */
    actions: Type.Optional(Type.Array(Type.Unsafe<(typeof AGENT_ACTIONS)[number]>(Type.Union(AGENT_ACTIONS.map((action) => Type.Literal(action)))))),
    /** Nothing but reporting, installing updates and the reboots that these need: no programs. */
    updateOnly: Type.Optional(Type.Boolean()),
    /** Program and arguments that reboot the machine, instead of the system's own. */
    rebootCommand: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    /** Programs that `exec` may start, as absolute paths; absent: all. With a list, `argv[0]` must be one of these paths. */
    programs: Type.Optional(Type.Array(Type.String({ pattern: "^/" }))),
  },
  { additionalProperties: false },
);
export type Policy = Static<typeof PolicySchema>;
const validator = Compile(PolicySchema);

/** Where a policy may be, all of which must allow a command. The first can be written by root only, the second by the agent's user. */
export const SYSTEM_POLICY = "/etc/runwright/agent-policy.json";

/** Why a command isn't allowed, in words; undefined: it is. */
export async function refusalOf(paths: readonly string[], command: { action: string; args: unknown }): Promise<string | undefined> {
  for (const path of paths) {
    const reason = await readPolicy(path).then(
      (policy) => policy && forbids(policy, command),
      // Fail closed: a policy that can't be read may forbid anything.
      (error: Error) => `can't be used: ${error.message}`,
    );
    if (reason !== undefined) return `the machine's policy ${path} ${reason}`;
  }
  return undefined;
}

/** How this machine is rebooted, as the first of its policies says that does. @throws Error when a policy can't be trusted or understood */
export async function rebootCommandIn(paths: readonly string[]): Promise<readonly string[] | undefined> {
  for (const path of paths) {
    const command = (await readPolicy(path))?.rebootCommand;
    if (command !== undefined) return command;
  }
  return undefined;
}

/** The rules themselves. */
export function forbids(policy: Policy, { action, args }: { action: string; args: unknown }): string | undefined {
  if (policy.actions !== undefined && !policy.actions.some((one) => one === action)) return `doesn't allow "${action}"`;
  // A new agent is a program like any other, and would obey no policy but its own: whoever holds programs back must have said that it may come.
  const isNarrow = policy.updateOnly === true || policy.programs !== undefined;
  if (action === "update-agent" && isNarrow && policy.actions === undefined)
    return 'holds programs back, and a new agent is one; list "update-agent" under "actions" to let it come';
  // Whoever lets updates in only hasn't agreed to older versions, which may have known holes.
  if (action === "rollback" && policy.updateOnly === true && policy.actions === undefined)
    return 'is "updateOnly", and a rollback brings older versions back; list "rollback" under "actions" to allow it';
  if (policy.updateOnly === true && action === "exec") return 'is "updateOnly": no programs are run';
  if (action !== "exec" || policy.programs === undefined) return undefined;
  const argv = typeof args === "object" && args !== null && "argv" in args && Array.isArray(args.argv) ? args.argv : [];
  return policy.programs.some((program) => program === argv[0]) ? undefined : `doesn't list the program "${String(argv[0])}"`;
}

/** @throws Error when the file can't be trusted or understood */
async function readPolicy(path: string): Promise<Policy | undefined> {
  const { mode } = await stat(path).catch((error) => {
    if (isMissing(error)) return { mode: null };
    throw error;
  });
  if (mode === null) return undefined;
  if (process.platform !== "win32" && (mode & 0o022) !== 0) throw new Error("others may write to it; run: chmod go-w");
  const value = await readJson(path);
  if (validator.Check(value)) return value;
  const [first] = validator.Errors(value);
  throw new Error(`${first?.instancePath ?? ""} ${first?.message ?? "it isn't valid"}`.trim());
}
