import type { FastifyRequest } from "fastify";
import { RunwrightError } from "../../core/errors.ts";
import { Bundled, Checked, CheckRequest } from "../../protocol/http/runbooks.ts";
import { type App, callerOf } from "../request.ts";
import { patience } from "../wait.ts";
import type { RouteParts } from "./parts.ts";

/** A megabyte of sources, as JSON. */
const CHECK_LIMIT = 4 * 1024 * 1024;
/** As long as those who ask wait, those before them included. */
const LONGEST_MS = 60_000;

/** For those who write runbooks where no engine is installed. It changes nothing, so nothing is recorded; what is bundled goes through the doors of drafts, publishing and plans as from everyone. */
export function checkRoutes(app: App, { sourceChecker, stopping }: Pick<RouteParts, "sourceChecker" | "stopping">): void {
  const check = async (request: FastifyRequest & { body: CheckRequest }) => {
    using waiting = patience(request, LONGEST_MS, stopping);
    const { signal } = waiting;
    try {
      return await sourceChecker.check({ ...request.body, by: callerOf(request).actor.id, signal });
    } catch (cause) {
      if (stopping.aborted) throw new RunwrightError("STOPPING", "the engine is stopping; try again in a moment", { cause });
      // Nobody hears this who has gone away.
      if (signal.aborted) throw new RunwrightError("OVERLOADED", `the check hasn't ended within ${LONGEST_MS / 1_000} s; try again in a while`, { cause });
      throw cause;
    }
  };

  app.post(
    "/api/v1/check",
    {
      bodyLimit: CHECK_LIMIT,
      config: { door: "runbook.check" },
      schema: {
        summary: "Check a runbook's sources as publishing would; keeps nothing of them",
        tags: ["runbooks"],
        body: CheckRequest,
        response: { 200: Checked },
      },
    },
    async (request) => {
      const { made: _, ...checked } = await check(request);
      return checked;
    },
  );

  app.post(
    "/api/v1/bundle",
    {
      bodyLimit: CHECK_LIMIT,
      config: { door: "runbook.check", operation: "runbook.bundle" },
      schema: {
        summary: "Check a runbook's sources and bundle them, ready to be saved, planned or published; keeps nothing of them",
        tags: ["runbooks"],
        body: CheckRequest,
        response: { 200: Bundled },
      },
    },
    (request) => check(request),
  );
}
