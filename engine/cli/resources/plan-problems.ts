import type { PlanProblem } from "../../core/document.ts";
import type { FileProblem } from "./files.ts";
import { type Gathered, withPath } from "./gather.ts";

/** What an engine says of documents, told where they are written. */
export function placesOf(problems: readonly PlanProblem[], { sources, lacksRunbook }: Pick<Gathered, "sources" | "lacksRunbook">): FileProblem[] {
  // What starts a runbook that couldn't be read isn't to blame.
  const own = problems.filter(({ path }) => !(lacksRunbook && /^\/runs\/\d+\/(runbook|version)$/.test(path)));
  return own.map(({ index, path, message, other }): FileProblem => {
    const source = index === null ? undefined : sources[index];
    const twin = other === undefined ? undefined : sources[other];
    const also = twin ? ` (see ${twin.file}:${twin.at(path).line}:${twin.at(path).column})` : "";
    const { line, column } = source?.at(path) ?? { line: 0, column: 0 };
    return { file: source?.file ?? "", line, column, message: withPath(source ? path : "", message) + also };
  });
}
