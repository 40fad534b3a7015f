import { useEffect, useRef, useState } from "preact/hooks";
import type { Kind } from "../model/live.ts";
import { type Problem, toProblem } from "../model/problem.ts";
import { usePage } from "./page-context.ts";

/** Does what a button says: once at a time, and what shows it is read again. What goes wrong is kept to be shown. */
export function useAct(changes: readonly Kind[]): { act(does: () => Promise<unknown>): void; busy: boolean; problem: Problem | undefined } {
  const { reads } = usePage();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const isThere = useRef(true);
  useEffect(
    () => () => {
      isThere.current = false;
    },
    [],
  );
  const act = (does: () => Promise<unknown>) => {
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    does()
      .catch((error) => {
        if (isThere.current) setProblem(toProblem(error));
      })
      .finally(() => {
        reads.changed(changes);
        if (isThere.current) setBusy(false);
      });
  };
  return { act, busy, problem };
}
