import { type Static, Type } from "typebox";
import type { DebugStep, WithheldWrite } from "../../core/debug.ts";
import type { FailureCode, JobError, JobStatus } from "../../core/job.ts";
import { Job } from "./jobs.ts";
import { Closed, Time } from "./shapes.ts";

const SourceRoot = Type.Optional(
  Type.String({
    maxLength: 2_000,
    pattern: "^[a-z][a-z0-9+.-]*://[^\\s]*/$",
    description:
      "URL of the folder of the runbook's file, with a slash at its end, such as file:///home/ada/runbooks/: names in the source map are relative to it",
  }),
);
const Inspect = Type.Optional(Type.Boolean({ description: "Offer V8's inspector; default true" }));

export const DebugRequest = Closed({
  runbook: Type.String({ minLength: 1, maxLength: 200 }),
  draft: Type.Optional(Type.Boolean({ description: "The draft instead of a published version" })),
  version: Type.Optional(Type.Integer({ minimum: 1 })),
  bundleHash: Type.Optional(Type.String({ maxLength: 64, description: "Of the bundle that is meant: refused when it is another one by now" })),
  params: Type.Optional(Type.Unknown()),
  dry: Type.Optional(Type.Boolean({ description: "Record writes instead of doing them" })),
  machine: Type.Optional(Type.String({ minLength: 1, maxLength: 253, description: "Name of the one machine that it may reach" })),
  inspect: Inspect,
  sourceRoot: SourceRoot,
});

export const ReplayRequest = Closed({
  from: Type.Optional(
    Type.Integer({ minimum: 1, description: "Number of the call from which on calls are made anew; default: those that the journal doesn't hold" }),
  ),
  allow: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50, description: "Writes that are done, such as machines.exec; all others are withheld" }),
  ),
  ask: Type.Optional(Type.Boolean({ description: "Ask over the connection about each other write" })),
  inspect: Inspect,
  sourceRoot: SourceRoot,
});

export const DebugBegun = Type.Object({
  session: Type.String(),
  ticket: Type.String({ description: "Opens the connection once; for the one who has asked for it" }),
  expiresAt: Time,
  job: Job,
  sources: Type.Array(Type.Object({ path: Type.String(), text: Type.String() }), { description: "Of the very version that runs, to read" }),
});
export type DebugBegun = Static<typeof DebugBegun>;

/** What a client says on the connection. */
export const DebugClientMessage = Type.Union([
  Closed({ type: Type.Literal("inspector"), message: Type.String() }),
  Closed({ type: Type.Literal("begin") }),
  Closed({ type: Type.Literal("answer"), call: Type.Integer({ minimum: 1 }), allow: Type.Boolean() }),
  Closed({ type: Type.Literal("alive") }),
]);
export type DebugClientMessage = Static<typeof DebugClientMessage>;

/** What the engine says on the connection. */
export type DebugMessage =
  /** The process is there, and the code is held. */
  | { type: "ready" }
  /** A message of the Chrome DevTools protocol. */
  | { type: "inspector"; message: string }
  | { type: "halted"; isHalted: boolean }
  | { type: "step"; step: DebugStep }
  /** A write that isn't allowed yet: it waits for the answer. */
  | { type: "question"; write: WithheldWrite }
  | { type: "ended"; job: string; status: JobStatus; failureCode: FailureCode | null; error: JobError | null }
  | { type: "error"; code: string; detail: string };
