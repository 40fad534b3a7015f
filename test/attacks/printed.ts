import type * as FollowModule from "../../engine/cli/follow.ts";
import { entryPrinter } from "../../engine/cli/follow.ts";
import type { Terminal } from "../../engine/cli/terminal.ts";
import type { StreamEntry } from "../../engine/core/job.ts";

/** What `runwright job logs` shows of an entry, in a pipe. @param print of another build of the command */
export function printed(entry: StreamEntry, print: typeof FollowModule.entryPrinter = entryPrinter): string {
  let text = "";
  const write = (line: string) => {
    text += `${line}\n`;
  };
  const terminal: Terminal = {
    isTty: false,
    print: write,
    printJson: (value) => write(JSON.stringify(value)),
    note: write,
    colour: (_style, plain) => plain,
    progress: write,
    endProgress() {},
    picture() {},
    columns: 120,
    rows: 24,
  };
  print(terminal, { isLogResult: true })({ ...entry, at: new Date(entry.at).toISOString() } as Parameters<ReturnType<typeof entryPrinter>>[0]);
  return text;
}
