/**
 * Sets a machine aside: tags it, so that selectors with `tag:quarantine!=true` leave it out, and cuts it off if a command for that is given. `lift` takes it back.
 * The agent must still reach its engine afterwards: an isolation that cuts this connection, too, can't be lifted from here.
 *
 *     runwright run quarantine-machine -p machine=web-1 -p reason="odd logins, ticket 4711"
 *     runwright run quarantine-machine -p machine=web-1 -p lift=true
 */
import { type Approver, runbook, Type } from "runwright";
import { ending } from "./each-machine.ts";

const REASON = "quarantine-reason";
const SINCE = "quarantine-since";

export default runbook({
  summary: "Put a machine into quarantine by tag, or lift it",
  parameters: Type.Object({
    machine: Type.String({ pattern: "^[^\\s*,=!]+$", maxLength: 253 }),
    reason: Type.String({
      default: "unspecified",
      minLength: 1,
      maxLength: 1_000,
      description: "Why; shown in the job, the approval and, shortened, as a tag",
    }),
    lift: Type.Boolean({ default: false, description: "Ends the quarantine" }),
    approvers: Type.Array(Type.Unsafe<Approver>({ type: "string", pattern: "^(role|user|service):.+$" }), {
      default: [],
      maxItems: 20,
      description: 'Who must agree first, such as ["role:admin"]; none: nobody is asked',
    }),
    isolate: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: 'Program that cuts the machine off, such as ["/usr/local/sbin/isolate"]; may run twice' }),
    ),
    rejoin: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: "Program that undoes it, for lift" })),
  }),
  permissions: { machines: { select: "all", actions: ["exec", "tag"] } },
  limits: { timeout: "30m" },
  // Two at once on one machine, or a lift that overtakes, would leave tags and isolation telling different things.
  concurrency: { key: (p) => p.machine.slice(0, 200), limit: 1, overflow: "queue" },
  async run({ params, machines, approval, log, output }) {
    const { lift, reason } = params;
    const verb = lift ? "lift the quarantine of" : "quarantine";
    // Before people are asked about a machine that isn't there.
    await machines.get(params.machine);
    if (params.approvers.length > 0) {
      const { decisions } = await approval({
        message: `May Runwright ${verb} ${params.machine}? ${reason}`,
        who: params.approvers,
        notRequester: true,
        timeout: "24h",
      });
      log(`agreed by ${decisions.map(({ by }) => by).join(", ")}`);
    }
    // Asked again: the approval may have taken a day.
    const machine = await machines.get(params.machine);
    const was = machine.tags.quarantine === "true";
    const command = lift ? params.rejoin : params.isolate;
    const act = async () => {
      if (command === undefined) return;
      const result = await machine.exec(command, { timeout: "5m" });
      if (result.exitCode !== 0) throw new Error(ending(command, result));
      log(`${machine.name}: ${command[0]} has run`);
    };
    if (lift) {
      if (!was) log(`${machine.name} isn't in quarantine`);
      // First the machine, then its tags: one that is still cut off stays marked as such.
      if (was) {
        await act().catch((error: Error) => {
          throw new Error(`${machine.name} stays in quarantine: ${error.message}`);
        });
        await machine.setTags({ quarantine: null, [REASON]: null, [SINCE]: null });
        log.warning(`${machine.name} is back from quarantine: ${reason}`);
      }
      output({ machine: machine.name, quarantine: false, changed: was });
      return;
    }
    // First the tag, which works on a machine that is offline: deployments leave it out whatever becomes of the isolation.
    const since = was ? (machine.tags[SINCE] ?? null) : new Date().toISOString();
    if (was) log(`${machine.name} is in quarantine already, since ${since}`);
    else {
      await machine.setTags({ quarantine: "true", [REASON]: tagValue(reason), [SINCE]: since });
      log.warning(`${machine.name} is in quarantine: ${reason}`);
    }
    output({ machine: machine.name, quarantine: true, changed: !was, since });
    // Also when it was tagged already: the isolation may be what failed the first time.
    await act().catch((error: Error) => {
      throw new Error(`${machine.name} is tagged, but its isolation isn't certain: ${error.message}`);
    });
  },
});

/** Tags hold neither spaces nor the signs that selectors use. */
function tagValue(text: string): string {
  const value = text.replace(/[\s\p{Cc}]+/gu, "_").replace(/[,=!*]/g, "-");
  return value.slice(0, 200).toWellFormed() || "unspecified";
}
