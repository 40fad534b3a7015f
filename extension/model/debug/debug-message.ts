import type { DebugMessage } from "../../../engine/protocol/http/debug.ts";

type Word = "string" | "boolean" | "object";
/** Members on which we rely, of each message that we know. */
const MESSAGES: { readonly [Type in DebugMessage["type"]]: Readonly<Record<string, Word>> } = {
  ready: {},
  inspector: { message: "string" },
  halted: { isHalted: "boolean" },
  step: { step: "object" },
  question: { write: "object" },
  ended: { job: "string", status: "string" },
  error: { code: "string", detail: "string" },
};

/** What the engine says on the connection of a debug session. @returns undefined for what only a newer engine says */
export function debugMessageIn(text: string): DebugMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined; // as above
  }
  const { type } = Object(message);
  if (typeof type !== "string" || !Object.hasOwn(MESSAGES, type)) return undefined;
  const members = Object.entries(MESSAGES[type as DebugMessage["type"]]);
  const isWhole = members.every(([member, word]) => typeof Object(message)[member] === word && Object(message)[member] !== null);
  // Proven above for what is used.
  return isWhole ? (message as DebugMessage) : undefined;
}
