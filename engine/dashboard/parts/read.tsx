import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Query, withQuery } from "../model/engine.ts";
import type { Problem } from "../model/problem.ts";
import type { Reading, ReadOptions } from "../model/reads.ts";
import { usePage } from "./page-context.ts";

/** Reads something as long as the view is there, and again whenever it changes. @param path undefined: nothing yet */
export function useRead<Value>(path: string | undefined, options: ReadOptions): Reading<Value> & { again(): void } {
  const { reads } = usePage();
  const address = path === undefined ? undefined : withQuery(path, options.query);
  const read = useMemo(() => (path === undefined ? undefined : reads.use<Value>(path, options)), [address, reads]);
  useEffect(() => () => read?.release(), [read]);
  const reading = useComputed(() => read?.reading.value ?? { value: undefined, problem: undefined, busy: false });
  // What a signal depends on is fixed when it is made; another read needs another one.
  const current = read?.reading.value ?? reading.value;
  return { ...current, again: () => void read?.again() };
}

/** Reads the same thing of several, such as figures of each scope; in the order of the queries. */
export function useReads<Value>(path: string, queries: readonly Query[], options: Omit<ReadOptions, "query">): Reading<Value>[] {
  const { reads } = usePage();
  const addresses = queries.map((query) => withQuery(path, query));
  const all = useMemo(() => addresses.map((address) => reads.use<Value>(address, options)), [addresses.join("\n"), reads]);
  useEffect(
    () => () => {
      for (const read of all) read.release();
    },
    [all],
  );
  return all.map((read) => read.reading.value);
}

/** Shows what was read: a quiet outline until it is there, and beside an older value why there is no newer one. */
export function Shown<Value>({
  of,
  lines = 4,
  children,
}: {
  of: Reading<Value> & { again(): void };
  /** How much room to keep for it, so that nothing jumps. */
  lines?: number;
  children: (value: Value) => ComponentChildren;
}) {
  const { value, problem } = of;
  return (
    <>
      {problem && <ProblemBox problem={problem} again={of.again} isOlder={value !== undefined} />}
      {value !== undefined ? children(value) : !problem && <Outline lines={lines} />}
    </>
  );
}

export function ProblemBox({ problem, again, isOlder = false }: { problem: Problem; again?: () => void; isOlder?: boolean }) {
  return (
    <div class="problem" role="alert">
      <div class="text">
        <bdi>{problem.message}</bdi>
        {isOlder && " What stands below is older."} <code>{problem.code}</code>
      </div>
      {again && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What will be there has this many lines. It says so when an engine is slow. */
export function Outline({ lines }: { lines: number }) {
  return (
    <div class="stack" aria-busy="true">
      <span class="hidden-text">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} class="skeleton" style={{ width: `${92 - ((line * 37) % 45)}%` }} />
      ))}
      <SlowNote />
    </div>
  );
}

const SLOW_MS = 3_000;

/** Told after a while to whoever still waits; its place is there from the beginning. */
export function SlowNote() {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="soft" role="status">
      {isSlow ? "The engine is slow to answer; still waiting." : "\u00a0"}
    </div>
  );
}
