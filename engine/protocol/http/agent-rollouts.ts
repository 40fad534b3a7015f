import { type Static, Type } from "typebox";
import { AGENT_UPDATE_STATES, ROLLOUT_STATES } from "../../core/agent-rollout.ts";
import { Closed, Nullable, OneOf, Time } from "./shapes.ts";

export const AgentRolloutRequest = Closed({
  selector: Type.Optional(Type.String({ maxLength: 2_000, description: "Machines whose agents are updated; all of them without it" })),
  batch: Type.Optional(Type.String({ maxLength: 10, description: "How many at a time: 5, or 10% of them; 10% without it" })),
  deadline: Type.Optional(Type.String({ maxLength: 20, description: "In which a new agent must have reported; 10m without it" })),
});
export const AgentRollout = Type.Object({
  id: Type.String(),
  version: Type.String(),
  hash: Type.String({ description: "SHA-256 of the agent's code" }),
  state: OneOf(ROLLOUT_STATES),
  batch: Type.Integer({ description: "Machines at a time" }),
  machines: Type.Array(Type.Object({ name: Type.String(), state: OneOf(AGENT_UPDATE_STATES), message: Type.String() })),
  reason: Nullable(Type.String({ description: "Why it was halted" })),
  startedAt: Time,
  startedBy: Type.String(),
  endedAt: Nullable(Time),
});
export type AgentRollout = Static<typeof AgentRollout>;
