/**
 * Looks at the certificates that services serve, and fails when one of them is about to expire, or can't be looked at.
 *
 *     echo '["www.example.com:443","ldap.example.com:636"]' | runwright asset set watched-endpoints --variable --type json
 *     runwright run watch-certificates -p from="tag:role=bastion"
 *
 * It looks from a machine, with openssl: what counts is what is served inside your network. An event rule on `job.failed` hears of it.
 */
import { runbook, Type } from "runwright";
import { isEndpoint, look, type Served } from "./endpoint.ts";

/** Endpoints that don't answer cost ten seconds each; so many of them cost them together. */
const AT_ONCE = 10;

export default runbook({
  summary: "Look at the certificates that services serve, and tell which expire soon",
  parameters: Type.Object({
    endpoints: Type.Array(Type.String({ maxLength: 260 }), {
      default: [],
      maxItems: 200,
      description: "host:port; none: those of the variable watched-endpoints",
    }),
    from: Type.String({ default: "os=linux", minLength: 1, description: "The machine to look from: the first of these that is online" }),
    warnDays: Type.Integer({ default: 30, minimum: 0, maximum: 400, description: "Fewer days than this are a warning" }),
    failDays: Type.Integer({ default: 7, minimum: -1, maximum: 400, description: "Fewer days than this fail the job" }),
  }),
  permissions: { machines: { select: "os=linux", actions: ["exec"] }, variables: ["watched-endpoints"] },
  limits: { timeout: "1h" },
  concurrency: { limit: 1, overflow: "skip" },
  async run({ params, machines, variables, log, output }) {
    const endpoints = params.endpoints.length > 0 ? params.endpoints : textsOf(await variables.get<unknown>("watched-endpoints"));
    const wrong = endpoints.find((one) => !isEndpoint(one));
    if (wrong !== undefined) throw new Error(`"${wrong}" is no endpoint such as www.example.com:443`);
    if (endpoints.length === 0) return void log("nothing is watched: set the variable watched-endpoints");
    const from = (await machines.select(params.from)).find(({ state }) => state === "online");
    if (from === undefined) throw new Error(`no machine of "${params.from}" is online to look from`);

    const served: Served[] = [];
    const unreachable: { endpoint: string; error: string }[] = [];
    for (let i = 0; i < endpoints.length; i += AT_ONCE)
      await Promise.all(
        endpoints.slice(i, i + AT_ONCE).map(async (endpoint) => {
          try {
            served.push(await look(from, endpoint, Date.now()));
          } catch (error) {
            unreachable.push({ endpoint, error: (error as Error).message });
          }
        }),
      );
    const soon = served.filter(({ daysLeft }) => daysLeft < params.warnDays).sort((a, b) => a.daysLeft - b.daysLeft);
    for (const { endpoint, daysLeft, subject } of soon) log.warning(`${endpoint}: ${daysLeft < 0 ? "has expired" : `${daysLeft} days left`} (${subject})`);
    for (const { endpoint, error } of unreachable) log.error(`${endpoint}: ${error}`);
    output({ from: from.name, looked: endpoints.length, soon, unreachable });
    const urgent = [...soon.filter(({ daysLeft }) => daysLeft < params.failDays), ...unreachable];
    if (urgent.length > 0) throw new Error(`${urgent.length} of ${endpoints.length} need somebody: ${urgent.map(({ endpoint }) => endpoint).join(", ")}`);
  },
});

function textsOf(value: unknown): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new Error("the variable watched-endpoints must be a list of texts such as www.example.com:443");
}
