/** Why a request came to nothing, as the page tells it. */
export class Problem extends Error {
  /** Of the catalogue (docs/errors.md); `UNREACHABLE` and `TIMEOUT` are the page's own. */
  readonly code: string;
  /** HTTP status; 0: no answer came. */
  readonly status: number;
  readonly requestId: string | null;

  constructor({ code, detail, status, requestId = null }: { code: string; detail: string; status: number; requestId?: string | null }) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** What an engine's answer says of itself (RFC 9457), or what a proxy in between says instead. */
export function problemIn(status: number, body: unknown): Problem {
  const { code, detail, title, requestId } = (typeof body === "object" && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const text = [detail, title].find((one) => typeof one === "string" && one !== "");
  return new Problem({
    status,
    code: typeof code === "string" ? code : `HTTP_${status}`,
    detail: typeof text === "string" ? text : `the engine, or something in front of it, answered with ${status}`,
    requestId: typeof requestId === "string" ? requestId : null,
  });
}

/** Anything that was thrown, as a problem. */
export const toProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem({ code: "UNEXPECTED", detail: error instanceof Error ? error.message : String(error), status: 0 });
