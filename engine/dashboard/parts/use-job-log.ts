import { useEffect, useMemo, useState } from "preact/hooks";
import type { EventsMessage, Streams } from "../../protocol/http/jobs.ts";
import { inPath } from "../model/engine.ts";
import { createJobLog, type JobLog } from "../model/job/job-log.ts";
import { type Problem, toProblem } from "../model/problem.ts";
import { usePage } from "./page-context.ts";

export interface UsedLog {
  log: JobLog;
  /** Why its streams couldn't be read. */
  problem: Problem | undefined;
  /** Nothing has been read yet. */
  isFirst: boolean;
  again(): void;
  /** Reads what stands before the first line. */
  earlier(): Promise<void>;
}

/** The newest entries at first, and then what comes. */
const AT_ONCE = 1_000;
const BEHIND_ALL = 2_147_483_647;
/** After a failure that may pass. */
const AGAIN_MS = 3_000;

/** What a job writes, for as long as the page is there. @param onMove called when the job has moved */
export function useJobLog(id: string, onMove: () => void): UsedLog {
  const { engine, live } = usePage();
  const path = `/api/v1/jobs/${inPath(id)}/streams`;
  const [tries, setTries] = useState(0);
  const [problem, setProblem] = useState<Problem>();
  const [isFirst, setFirst] = useState(true);
  const log = useMemo(() => createJobLog({ onFrame, monotonic: () => performance.now() }), [id, tries]);

  useEffect(() => setProblem(undefined), [id]);
  useEffect(() => {
    const abort = new AbortController();
    let unwatch: (() => void) | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    setFirst(true);
    const take = (message: EventsMessage) => {
      if (message.type === "entries") log.take(message.entries);
      else if (message.type === "status" || message.type === "ended") onMove();
    };
    engine
      .get<Streams>(path, { query: { before: BEHIND_ALL, limit: AT_ONCE }, signal: abort.signal })
      .then(({ items, ended }) => {
        log.take(items);
        setFirst(false);
        setProblem(undefined);
        if (!ended) unwatch = live.watchJob(id, { after: log.last, take: (message) => take(message as EventsMessage) });
      })
      .catch((error) => {
        if (abort.signal.aborted) return;
        const problem = toProblem(error);
        setProblem(problem);
        const mayPass = problem.status === 0 || problem.status === 429 || problem.status >= 500;
        if (mayPass) timer = setTimeout(() => setTries((tries) => tries + 1), AGAIN_MS);
      });
    return () => {
      abort.abort();
      clearTimeout(timer);
      unwatch?.();
      log.stop();
    };
  }, [log]);

  return {
    log,
    problem,
    isFirst,
    again: () => setTries((tries) => tries + 1),
    async earlier() {
      const before = log.lines.value[0]?.seq;
      if (before === undefined || before <= 1) return;
      const { items } = await engine.get<Streams>(path, { query: { before, limit: AT_ONCE } });
      log.takeEarlier(items);
    },
  };
}

function onFrame(run: () => void): () => void {
  const frame = requestAnimationFrame(run);
  return () => cancelAnimationFrame(frame);
}
