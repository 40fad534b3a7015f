import { systemClock } from "../../engine/clock.ts";
import type { Clock } from "../../engine/core/clock.ts";
import type { DebugStep, WithheldWrite } from "../../engine/core/debug.ts";
import { type Attached, createDebugSessions, type DebugParts } from "../../engine/debug/sessions.ts";
import type { DebugMessage } from "../../engine/protocol/http/debug.ts";
import type { FakeMachine } from "../../engine/sdk/testing/fake-machine.ts";
import { ADA, rig } from "../engine/rig.ts";
import { protocolOver } from "./inspector-client.ts";

export const CALLER = { actor: ADA, address: "test", correlationId: "c1" };

type Ended = Extract<DebugMessage, { type: "ended" }>;

/** Jobs in real debug processes, with fake machines, and sessions without a network between. */
export async function debugRig({
  address,
  machines = [],
  clock = systemClock,
  ...limits
}: { address: string; machines?: readonly FakeMachine[] /** Of the sessions. */; clock?: Clock } & Pick<
  DebugParts,
  "ticketMs" | "idleMs" | "most" | "mostOfOne"
>) {
  const engine = await rig({ address, runners: 1, machines });
  const ends: object[] = [];
  const debugging = createDebugSessions({
    clock,
    newId: engine.newId,
    log: engine.log,
    jobs: engine.jobs,
    writes: engine.sandbox.writes,
    recordEnd: async (_caller, { details }) => void ends.push(details),
    ...limits,
  });
  type Begun = Awaited<ReturnType<typeof debugging.debug>>;
  const also = () => {};

  /** Opens the session and speaks for a client. */
  function open(begun: Begun) {
    const steps: DebugStep[] = [];
    const questions: WithheldWrite[] = [];
    const errors: { code: string; detail: string }[] = [];
    const halts: boolean[] = [];
    const { promise: ended, resolve: end } = Promise.withResolvers<Ended | null>();
    const { promise: ready, resolve: getReady } = Promise.withResolvers<void>();
    const hearers: ((text: string) => void)[] = [];
    const closers: (() => void)[] = [];
    let onQuestion: (write: WithheldWrite) => void = (write) => void questions.push(write);
    const attached: Attached = debugging.attach(
      { session: begun.session, ticket: begun.ticket, actorId: ADA.id },
      {
        send(message) {
          if (message.type === "ready") getReady();
          else if (message.type === "inspector") for (const hear of hearers) hear(message.message);
          else if (message.type === "step") steps.push(message.step);
          else if (message.type === "question") onQuestion(message.write);
          else if (message.type === "halted") halts.push(message.isHalted);
          else if (message.type === "error") errors.push(message);
          else end(message);
        },
        close() {
          end(null);
          for (const close of closers) close();
        },
      },
    );
    const inspector = protocolOver({
      say: (message) => attached.take({ type: "inspector", message }),
      hear: (listener) => void hearers.push(listener),
      onClose: (listener) => void closers.push(listener),
      close: attached.left,
    });
    return {
      job: begun.job,
      attached,
      inspector,
      steps,
      questions,
      errors,
      halts,
      ready,
      ended,
      answerAll(allow: boolean) {
        onQuestion = (write) => {
          questions.push(write);
          attached.take({ type: "answer", call: write.call, allow });
        };
      },
      begin: () => attached.take({ type: "begin" }),
    };
  }

  return {
    ...engine,
    debugging,
    ends,
    open,
    debug: async (runbook: string, params: unknown = {}, more: { dry?: boolean; narrowedTo?: string; inspect?: boolean } = {}) =>
      open(
        await debugging.debug({
          ...{ runbook, params, version: "latest", dry: false, narrowedTo: null, inspect: true, sourceRoot: "file:///somewhere/", caller: CALLER, also },
          ...more,
        }),
      ),
    replay: async (jobId: string, more: { from?: number; allow?: string[]; ask?: boolean; inspect?: boolean } = {}) =>
      open(await debugging.replay({ ...{ jobId, allow: [], ask: false, inspect: false, sourceRoot: "file:///somewhere/", caller: CALLER, also }, ...more })),
    async stop() {
      await debugging.stop();
      await engine.stop();
    },
  };
}
export type DebugRig = Awaited<ReturnType<typeof debugRig>>;
