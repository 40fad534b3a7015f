import type { FleetDebugEvent } from "../../../engine/protocol/fleet-debug.ts";

/** Members on which we rely, of each event that we know. */
const EVENTS: { readonly [Type in FleetDebugEvent["type"]]: Readonly<Record<string, "string" | "object">> } = {
  listening: { url: "string" },
  step: { step: "object" },
  entry: { entry: "object" },
  ended: { status: "string", commands: "object" },
};

/** One line of what `runwright runbook debug --fleet --json` prints. @returns undefined for what isn't an event, or one that a newer `runwright` has */
export function fleetEventIn(line: string): FleetDebugEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined; // the fleet's own file may write to the same place
  }
  const { type } = Object(event);
  if (typeof type !== "string" || !Object.hasOwn(EVENTS, type)) return undefined;
  const members = Object.entries(EVENTS[type as FleetDebugEvent["type"]]);
  const isWhole = members.every(([member, word]) => typeof Object(event)[member] === word && Object(event)[member] !== null);
  // Proven above for what is used.
  return isWhole ? (event as FleetDebugEvent) : undefined;
}
