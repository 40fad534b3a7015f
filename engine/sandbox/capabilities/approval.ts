import { Type } from "typebox";
import { type ApprovalRequest, ruleProblem } from "../../core/approval.ts";
import { parseDuration } from "../../core/duration.ts";
import { isRunwrightError } from "../../core/errors.ts";
import { schemaProblems } from "../../core/json-schema.ts";
import type { ApprovalsPort } from "../ports.ts";
import { type HostFunction, hostFunction } from "./function.ts";

const DEFAULT_TIMEOUT_MS = 7 * 86_400_000;
const MAX_TIMEOUT_MS = 365 * 86_400_000;

const Who = Type.String({ minLength: 1, maxLength: 250 });
const Asked = Type.Object({
  message: Type.String({ minLength: 1, maxLength: 4_000 }),
  who: Type.Optional(Type.Union([Who, Type.Array(Who, { minItems: 1, maxItems: 50 })])),
  minimum: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
  notRequester: Type.Optional(Type.Boolean()),
  timeout: Type.Optional(Type.Union([Type.String({ maxLength: 50 }), Type.Number()])),
  onTimeout: Type.Optional(Type.Union([Type.Literal("reject"), Type.Literal("approve")])),
  form: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
type Asked = Type.Static<typeof Asked>;

export function approvalFunctions(approvals: ApprovalsPort): HostFunction[] {
  return [
    hostFunction(Asked, {
      op: "approval",
      effect: "write",
      waits: true,
      alsoCheck: problemWith,
      async perform(asked, { id, onBehalfOf, signal, awaits, masker }) {
        const request = requestOf(asked);
        // Whoever may see approvals must not come by secrets.
        const shown = masker.maskJson({ message: request.message, form: request.form });
        const { id: approvalId, until } = await approvals.request(id, { ...request, ...shown }, onBehalfOf);
        awaits({ kind: "approval", approvalId, until });
        return approvals.outcome(approvalId, signal);
      },
      // It is asked for once for each call.
      recover: () => "perform",
      dry: () => ({ timedOut: false, decisions: [], answers: {} }),
    }),
  ];
}

function requestOf({ message, who = "role:operator", minimum = 1, notRequester = false, timeout, onTimeout = "reject", form }: Asked): ApprovalRequest {
  return {
    message,
    who: typeof who === "string" ? [who] : who,
    minimum,
    notRequester,
    onTimeout,
    timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(timeout),
    form: form ?? null,
  };
}

function problemWith(asked: Asked): string | undefined {
  try {
    const request = requestOf(asked);
    if (request.message.includes("\0")) return "message must not hold NUL characters";
    if (request.timeoutMs < 1_000 || request.timeoutMs > MAX_TIMEOUT_MS) return "timeout must be from 1s to 365d";
    const [problem] = request.form === null ? [] : schemaProblems(request.form);
    if (problem !== undefined) return `form${problem.path} ${problem.message}`;
    return ruleProblem(request);
  } catch (error) {
    if (isRunwrightError(error, "DURATION_INVALID")) return `timeout: ${error.message}`;
    throw error;
  }
}
