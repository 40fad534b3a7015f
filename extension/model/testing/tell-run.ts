import type { FileCoverage, TestError, TestEvent, TestPlace } from "../../../engine/protocol/test-events.ts";

/** What an editor shows of a run. */
export interface RunView {
  began(test: TestPlace): void;
  passed(test: TestPlace, durationMs: number): void;
  failed(test: TestPlace, message: FailureMessage, durationMs: number): void;
  skipped(test: TestPlace): void;
  /** Nothing of the file was run, or its process has ended in the middle. */
  broken(file: string, message: FailureMessage): void;
  /** With line ends as a terminal has them. */
  output(text: string, about?: { file: string; path?: readonly string[] }): void;
  coverage(file: FileCoverage): void;
  /** A process of tests waits for a debugger at this address; with `runbook`: the sandbox of one of its jobs. */
  waits(url: string, file: string, runbook?: string): void;
}

export interface FailureMessage {
  text: string;
  /** Both or none: shown as a difference. */
  compared?: { expected: string; actual: string };
  /** From 1. */
  at?: { file: string; line: number; column: number };
}

/** Tells a view what happens. Which test writes isn't said by Node: it is the one that is at work, if there is only one in its file. */
export function tellRun(view: RunView): (event: TestEvent) => void {
  const atWork = new Map<string, TestPlace[]>();
  const over = ({ file, path }: TestPlace) =>
    atWork.set(
      file,
      (atWork.get(file) ?? []).filter((one) => one.path.join("\0") !== path.join("\0")),
    );
  return (event) => {
    switch (event.type) {
      case "began":
        atWork.set(event.file, [...(atWork.get(event.file) ?? []), event]);
        view.began(event);
        break;
      case "test": {
        over(event);
        if (event.result === "passed") view.passed(event, event.durationMs);
        else if (event.result === "skipped") {
          view.skipped(event);
          if (event.reason !== undefined) view.output(terminalText(`skipped: ${event.path.join(" › ")}: ${event.reason}\n`), event);
        } else view.failed(event, messageOf(event.error ?? { message: "it failed" }), event.durationMs);
        break;
      }
      case "output": {
        const [only, ...more] = atWork.get(event.file) ?? [];
        view.output(terminalText(event.text), only && more.length === 0 ? only : { file: event.file });
        break;
      }
      case "broken":
        atWork.delete(event.file);
        view.broken(event.file, messageOf(event.error));
        break;
      case "coverage":
        view.coverage(event);
        break;
      case "debugger":
        view.waits(event.url, event.file, event.runbook);
        break;
      case "end":
        view.output(terminalText(`${summary(event)}\n`));
        break;
    }
  };
}

export const terminalText = (text: string): string => text.replaceAll(/\r?\n/g, "\r\n");

function messageOf({ message, stack, expected, actual, file, line, column }: TestError): FailureMessage {
  const frames = (stack ?? "").split("\n").filter((one) => /^\s+at /.test(one));
  const isTold = stack !== undefined && frames.length === 0 && !stack.includes(message) && stack !== message;
  return {
    text: [message, ...(isTold ? [stack] : frames)].join("\n"),
    ...(expected === undefined || actual === undefined ? {} : { compared: { expected, actual } }),
    ...(file === undefined || line === undefined ? {} : { at: { file, line, column: column ?? 1 } }),
  };
}

function summary({ passed, failed, skipped, broken }: Extract<TestEvent, { type: "end" }>): string {
  const parts = [
    [passed, "passed"],
    [failed, "failed"],
    [skipped, "skipped"],
    [broken, broken === 1 ? "file broken" : "files broken"],
  ] as const;
  return parts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(", ") || "nothing was run";
}
