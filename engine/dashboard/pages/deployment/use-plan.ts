import { useEffect, useRef, useState } from "preact/hooks";
import { type PlanMachines, planMachines } from "../../model/plan-machines.ts";
import { type Problem, toProblem } from "../../model/problem.ts";
import { usePage } from "../../parts/page-context.ts";

export interface ReadPlan {
  hash: string;
  plan: PlanMachines | undefined;
  problem: Problem | undefined;
  /** The plan that this page showed until another one took its place. */
  before: { hash: string; plan: PlanMachines } | undefined;
}

/** The whole plan of a deployment, and the one that it had before while this page was open. @param wanted "ask": more machines than are read unasked */
export function usePlan(deployment: string | undefined, hash: string, wanted: "read" | "ask"): ReadPlan {
  const { engine } = usePage();
  const [read, setRead] = useState<{ hash: string; plan?: PlanMachines; problem?: Problem }>({ hash: "" });
  const before = useRef<ReadPlan["before"]>(undefined);
  const last = useRef<ReadPlan["before"]>(undefined);
  useEffect(() => {
    if (wanted === "ask" || deployment === undefined) return;
    const abort = new AbortController();
    planMachines(engine, deployment, abort.signal).then(
      (plan) => {
        if (last.current && last.current.hash !== hash) before.current = last.current;
        last.current = { hash, plan };
        setRead({ hash, plan });
      },
      (error) => {
        if (!abort.signal.aborted) setRead({ hash, problem: toProblem(error) });
      },
    );
    return () => abort.abort();
  }, [deployment, hash, wanted, engine]);
  const isCurrent = read.hash === hash;
  return { hash, plan: isCurrent ? read.plan : undefined, problem: isCurrent ? read.problem : undefined, before: before.current };
}
