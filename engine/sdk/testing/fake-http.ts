import { RunwrightError } from "../../core/errors.ts";
import type { JobLife } from "./job-time.ts";
import { lengthOf } from "./moment.ts";

/** A request that the runbook sent, as its declared permissions let it pass. */
export interface FakeRequest {
  method: string;
  url: string;
  /** Names in lower case; those that the engine adds are there too. */
  headers: Readonly<Record<string, string>>;
  /** As text. */
  body?: string;
}

export interface FakeAnswer {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  text?: string;
  /** Instead of text. */
  json?: unknown;
  /** How long it takes, in job time; longer than the request's timeout: it fails with HTTP_FAILED, as nobody waits any more. */
  after?: string | number;
  /** No answer but a failure, such as "connection reset": HTTP_FAILED. */
  fails?: string;
}

type AnswerFunction = (request: FakeRequest) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>;

/** One answer, one made for each request, or several: one after the other, the last one from then on. */
export type FakeRoute = FakeAnswer | AnswerFunction | readonly (FakeAnswer | AnswerFunction)[];

/**
 * Answers by address: `https://api.example.com/v1/jobs`, or with a method before it (`POST https://…`), with `*` for any characters. The most exact one answers: without `*`
 * before with, with a method before without, the longer before the shorter. Or one function for all.
 */
export type FakeHttp = Readonly<Record<string, FakeRoute>> | AnswerFunction;

/** What a request asks for, as the sandbox's client gets it. */
interface Sent {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: Buffer | null;
  timeoutMs: number;
}

interface Route {
  fits(request: FakeRequest): boolean;
  answers: readonly (FakeAnswer | AnswerFunction)[];
  used: number;
}

/** Answers what the declared permissions allow, without a network; arguments are checked as always. Fits the sandbox's client of HTTP. */
export function fakeHttp(http: FakeHttp, life: JobLife) {
  const routes = typeof http === "function" ? [{ fits: () => true, answers: [http], used: 0 }] : routesOf(http);

  async function answerTo(request: FakeRequest): Promise<FakeAnswer> {
    const route = routes.find(({ fits }) => fits(request));
    const next = route?.answers[Math.min(route.used++, route.answers.length - 1)];
    const answer = typeof next === "function" ? await next(request) : next;
    if (answer !== undefined) return answer;
    throw new RunwrightError("HTTP_FAILED", `this test has no answer for ${request.method} ${request.url}; give it in http`);
  }

  return {
    async send({ method, url, headers, body, timeoutMs }: Sent, _grants: readonly string[], signal: AbortSignal) {
      const { host } = new URL(url);
      const answer = await answerTo({ method, url, headers, ...(body !== null && { body: body.toString("utf8") }) });
      const afterMs = lengthOf(answer.after ?? 0);
      await life.until(life.now() + Math.min(afterMs, timeoutMs), signal);
      if (afterMs > timeoutMs) throw new RunwrightError("HTTP_FAILED", `${host} took longer than ${timeoutMs} ms`);
      if (answer.fails !== undefined) throw new RunwrightError("HTTP_FAILED", `${host} didn't answer: ${answer.fails}`);
      const text = answer.json === undefined ? (answer.text ?? "") : JSON.stringify(answer.json);
      return { status: answer.status ?? 200, statusText: "", url, headers: lowerCase(answer.headers), text };
    },
    close: async () => {},
  };
}

function routesOf(http: Readonly<Record<string, FakeRoute>>): Route[] {
  const rows = Object.entries(http).map(([key, route]) => {
    const [, method, address = key] = /^([A-Z]+) (.+)$/.exec(key) ?? [];
    const pattern = new RegExp(`^${address.split("*").map(RegExp.escape).join(".*")}$`, "s");
    const answers: Route["answers"] = Array.isArray(route) ? route : [route as FakeAnswer | AnswerFunction];
    const fits = (request: FakeRequest) => (method === undefined || method === request.method) && pattern.test(request.url);
    return { fits, answers, used: 0, rank: [address.includes("*") ? 0 : 1, method === undefined ? 0 : 1, address.length] };
  });
  return rows.sort((a, b) => b.rank.map((value, i) => value - (a.rank[i] ?? 0)).find((difference) => difference !== 0) ?? 0);
}

const lowerCase = (headers: Record<string, string> = {}) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
