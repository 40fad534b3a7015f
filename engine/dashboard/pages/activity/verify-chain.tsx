import { useState } from "preact/hooks";
import type { Verified } from "../../../protocol/http/access.ts";
import { type Problem, toProblem } from "../../model/problem.ts";
import { counted } from "../../model/words.ts";
import { usePage } from "../../parts/page-context.ts";
import { Status } from "../../parts/status.tsx";

type State = { state: "idle" } | { state: "busy" } | { state: "done"; verified: Verified } | { state: "failed"; problem: Problem };

/** Entries are chained by their hashes: whoever changes, removes or puts in one breaks the chain there. */
export function VerifyChain() {
  const { engine } = usePage();
  const [told, setTold] = useState<State>({ state: "idle" });
  const verify = () => {
    setTold({ state: "busy" });
    engine.get<Verified>("/api/v1/activity/verify").then(
      (verified) => setTold({ state: "done", verified }),
      (error) => setTold({ state: "failed", problem: toProblem(error) }),
    );
  };
  return (
    <>
      <span role="status" class="verified">
        {told.state === "failed" && <Status word="failed" says={told.problem.message} />}
        {told.state === "done" && <Found {...told.verified} />}
      </span>
      <button type="button" class="button" disabled={told.state === "busy"} onClick={verify}>
        {told.state === "busy" ? "Verifying…" : "Verify the chain"}
      </button>
    </>
  );
}

function Found({ entries, firstBroken }: Verified) {
  if (firstBroken === null) return <Status word="intact" tone="good" says={`${counted(entries, "entry", "entries")}, none changed, removed or put in`} />;
  return <Status word="broken" tone="bad" says={`The chain breaks at entry ${firstBroken}: somebody has changed, removed or put in an entry`} />;
}
