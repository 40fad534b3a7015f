import type { FastifyError } from "fastify";
import { ERRORS, type ErrorCode, isRunwrightError, RunwrightError } from "../core/errors.ts";
import { WEBHOOK_TOKENS } from "../core/webhook.ts";
import type { Problem } from "../protocol/http/shapes.ts";

/** Any error as one of the catalogue. `bodyLimit`: bytes that the route takes; `known` is false for our own mistakes, whose cause goes to the log and not to the client. */
export function toCatalogue(error: unknown, bodyLimit?: number): { error: RunwrightError; known: boolean } {
  if (isRunwrightError(error)) return { error, known: error.code !== "INTERNAL" };
  const fault = isFastifyError(error) ? faultOfRequest(error, bodyLimit) : undefined;
  if (fault) return { error: fault, known: true };
  return { error: new RunwrightError("INTERNAL", "the engine made a mistake; its log tells more under this request id", { cause: error }), known: false };
}

function faultOfRequest(error: FastifyError, bodyLimit: number | undefined): RunwrightError | undefined {
  if (error.validation) {
    // What is unknown is told twice: the schema that takes nothing, and the one that holds it, which names it.
    const own = error.validation.filter((one) => one.keyword !== "boolean");
    const errors = (own.length > 0 ? own : error.validation).map((one) => ({ field: one.instancePath, message: wordsOf(one) }));
    const told = errors.map(({ field, message }) => `${field || (error.validationContext ?? "request")} ${message}`).join("; ");
    return new RunwrightError("BAD_REQUEST", `${error.validationContext ?? "request"}: ${told}`, { details: errors, cause: error });
  }
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE")
    return new RunwrightError(
      "TOO_LARGE",
      `the body is larger than ${bodyLimit === undefined ? "this address takes" : `the ${Math.floor(bodyLimit / 1_024)} KB that this address takes`}; send less, or a reference to large data`,
      { cause: error },
    );
  if (error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return new RunwrightError("BAD_REQUEST", "send JSON, with the header Content-Type: application/json", { cause: error });
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    // It may quote the path.
    return new RunwrightError("BAD_REQUEST", error.message.replace(WEBHOOK_TOKENS, "***"), { cause: error });
  if (error.code === "FST_ERR_REOPENED_CLOSE_SERVER" || error.statusCode === 503)
    return new RunwrightError("STOPPING", "the engine is stopping; try again in a moment", { cause: error });
  return undefined;
}

/** `must have required properties token` doesn't name the field where it is missing; unknown members are named too. */
function wordsOf({ message, params }: { message?: string; params?: Record<string, unknown> }): string {
  const listed = params?.requiredProperties ?? params?.additionalProperties;
  const names = Array.isArray(listed) ? listed.join(", ") : "";
  if (params?.requiredProperties) return `must have ${names}`;
  if (params?.additionalProperties) return `doesn't take ${names}`;
  if (Array.isArray(params?.allowedValues)) return `must be one of ${params.allowedValues.join(", ")}`;
  return message ?? "isn't valid";
}

export function toProblem(error: RunwrightError, { instance, requestId }: { instance: string; requestId: string }): Problem {
  const { status, title } = ERRORS[error.code];
  const errors = faultsOf(error.details);
  return {
    type: `urn:runwright:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    instance,
    requestId,
    ...(errors ? { errors } : {}),
  };
}

/** Fields of parameters come as a list, diagnostics of a runbook with a name. */
function faultsOf(details: unknown): unknown[] | undefined {
  if (Array.isArray(details)) return details;
  return isObject(details) && Array.isArray(details.diagnostics) ? details.diagnostics : undefined;
}

/** Seconds after which asking again may help. */
export function retryAfter(error: RunwrightError): number | undefined {
  if (isObject(error.details) && typeof error.details.retryAfterSeconds === "number") return error.details.retryAfterSeconds;
  const patient: readonly ErrorCode[] = ["STOPPING", "OVERLOADED", "DATABASE_UNAVAILABLE", "DISK_FULL"];
  return patient.includes(error.code) ? 5 : undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isFastifyError = (error: unknown): error is FastifyError => error instanceof Error && "code" in error && typeof error.code === "string";
