import type { AgentStatus } from "./status.ts";

/** What a person reads: label and value. */
export function statusText(status: AgentStatus, now: number): [string, string][] {
  const { identity, problem, running, pid, version, startedAt, connection, commands, code, stateDirectory } = status;
  const ago = (at: number) => `${new Date(at).toISOString()} (${span(now - at)} ago)`;
  return [
    ["machine", identity ? `${identity.name} (${identity.machineId})` : (problem ?? "hasn't joined an engine; see: agent join")],
    ["engine", identity ? [identity.engine, ...identity.otherEngines].join(", ") : ""],
    ["agent", running ? `runs${pid === null ? "" : ` as process ${pid}`}${startedAt === null ? "" : ` since ${ago(startedAt)}`}` : "doesn't run"],
    ["version", version ?? ""],
    [
      "code",
      code ? `${short(code.current)}${code.previous ? `, before it ${short(code.previous)}` : ""}${code.trial ? `, on trial ${short(code.trial)}` : ""}` : "",
    ],
    ["connected", connectedText(connection, running, ago)],
    ["commands", commands.map(({ action, id, startedAt }) => `${action} ${id} since ${ago(startedAt)}`).join("; ") || (running ? "none runs" : "")],
    ["state", stateDirectory],
  ];
}

function connectedText(connection: AgentStatus["connection"], running: boolean, ago: (at: number) => string): string {
  if (connection === null) return "never";
  const { engine, since, until, reason } = connection;
  if (until === null && running) return `to ${engine} since ${ago(since)}`;
  return `not now; last to ${engine}, from ${ago(since)}${until === null ? "" : ` to ${ago(until)}`}${reason ? `: ${reason}` : ""}`;
}

const short = (hash: string): string => hash.slice(0, 12);

function span(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 1) return `${Math.max(0, Math.round(ms / 1_000))} s`;
  return minutes < 120 ? `${minutes} min` : minutes < 2_880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} d`;
}
