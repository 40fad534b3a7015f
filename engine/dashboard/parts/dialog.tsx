import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, toProblem } from "../model/problem.ts";
import { ProblemBox } from "./read.tsx";

/** A question that must be answered before something is done; without `act` something to be read, and closed. Escape and Cancel do nothing. */
export function Dialog({
  title,
  act,
  does,
  isGrave = false,
  mayAct = true,
  onClose,
  onDone = onClose,
  width = "text",
  children,
}: {
  title: string;
  /** What the button says. */
  act?: string;
  /** Resolves when it is done: the dialog closes then. What it throws is shown, and nothing is lost. */
  does?(): Promise<unknown>;
  isGrave?: boolean;
  mayAct?: boolean;
  onClose(): void;
  /** When it is done, instead of closing. */
  onDone?(): void;
  /** Of lines of text, or of what has columns. */
  width?: "text" | "wide";
  children?: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  useEffect(() => element.current?.showModal(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (does === undefined) return onClose();
    if (busy || !mayAct) return;
    setBusy(true);
    setProblem(undefined);
    does().then(onDone, (error) => {
      setBusy(false);
      setProblem(toProblem(error));
    });
  };
  return (
    <dialog ref={element} class={width === "wide" ? "wide-dialog" : undefined} aria-label={title} onClose={onClose}>
      <form onSubmit={submit}>
        <h1>{title}</h1>
        {children}
        {problem && <ProblemBox problem={problem} />}
        <div class="actions">
          <button type="button" class="button" onClick={onClose}>
            {act === undefined ? "Close" : "Cancel"}
          </button>
          {act !== undefined && (
            <button type="submit" class={`button ${isGrave ? "grave" : "main"}`} disabled={busy || !mayAct}>
              {busy ? "Working…" : act}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}
