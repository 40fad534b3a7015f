import { Problem, problemIn } from "./problem.ts";
import type { ServerTime } from "./server-time.ts";

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The engine's HTTP interface, as this page uses it: by the session's cookie. */
export interface Engine {
  /** @throws Problem */
  get<Answer>(path: string, options?: { query?: Query; signal?: AbortSignal }): Promise<Answer>;
  /** @throws Problem */
  send<Answer = void>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown, options?: { query?: Query; signal?: AbortSignal }): Promise<Answer>;
}

export interface EngineParts {
  fetch: typeof fetch;
  time: ServerTime;
  clock: () => number;
  /** The session is over, or never was. */
  onSignedOut(problem: Problem): void;
}

/** An engine that is slow is waited for; one that says nothing for this long is told as such. */
const PATIENCE_MS = 30_000;
/** Cookies go along by themselves, also with a request that another page forged; this header doesn't. */
const OWN_PAGE = { "x-runwright-request": "dashboard" };

export function createEngine({ fetch, time, clock, onSignedOut }: EngineParts): Engine {
  async function ask<Answer>(method: string, path: string, { query, body, signal }: { query?: Query; body?: unknown; signal?: AbortSignal }): Promise<Answer> {
    const sentAt = clock();
    const patience = AbortSignal.timeout(PATIENCE_MS);
    let response: Response;
    let content: unknown;
    try {
      response = await fetch(withQuery(path, query), {
        method,
        credentials: "same-origin",
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
        headers: { accept: "application/json", ...OWN_PAGE, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      time.note(response.headers.get("date"), sentAt);
      content = response.status === 204 ? undefined : await contentOf(response);
    } catch (error) {
      if (signal?.aborted) throw error;
      if (patience.aborted) throw new Problem({ code: "TIMEOUT", status: 0, detail: `the engine hasn't answered for ${PATIENCE_MS / 1_000} seconds` });
      throw new Problem({ code: "UNREACHABLE", status: 0, detail: "the engine can't be reached; this page tries again by itself" });
    }
    if (response.ok) return content as Answer;
    const problem = problemIn(response.status, content);
    if (response.status === 401 && path !== SESSION) onSignedOut(problem);
    throw problem;
  }
  return {
    get: (path, options = {}) => ask("GET", path, options),
    send: (method, path, body, options = {}) => ask(method, path, { ...options, body }),
  };
}

export const SESSION = "/api/v1/session";

async function contentOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text; // a proxy's page, or source text
  }
}

export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** One part of a path: names are anybody's choice. */
export const inPath = (name: string): string => encodeURIComponent(name);
