import type { Resource } from "../../protocol/http/resources.ts";
import { Problem, toProblem } from "./problem.ts";

/** What is told when somebody else was faster: what they see now is the newer one, and they decide anew. */
export function conflictOr(error: unknown, { name }: Pick<Resource, "name">): Problem {
  const problem = toProblem(error);
  if (problem.code !== "CONFLICT") return problem;
  return new Problem({
    code: problem.code,
    status: problem.status,
    requestId: problem.requestId,
    detail: `Somebody else has changed ${name} since you looked, so nothing was done. The page shows the newer one now: look at it, and try again if you still want to.`,
  });
}
