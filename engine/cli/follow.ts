import { ERRORS, isRunwrightError, RunwrightError } from "../core/errors.ts";
import { isFinal } from "../core/job.ts";
import type { EventsMessage, Job, StreamedEntry, Streams } from "../protocol/http/jobs.ts";
import type { Client } from "./client.ts";
import { pause } from "./pause.ts";
import { clean, type Terminal } from "./terminal.ts";

const RECONNECT_MS = 500;

/**
 * Follows a job to its end over the events socket. A lost connection is made again after the last entry that came, for as long as the engine takes to come back.
 * @returns the job, ended
 * @throws what the engine says about the subscription; ENGINE_UNREACHABLE when it was never reached; the signal's reason
 */
export async function followJob(
  client: Client,
  jobId: string,
  { onEntry, signal, terminal, after = 0 }: { onEntry(entry: StreamedEntry): void; signal: AbortSignal; terminal: Pick<Terminal, "note">; after?: number },
): Promise<Job> {
  let last = after;
  let isKnown = false;
  let isLost = false;
  const leave = () => {
    if (!signal.aborted) return;
    terminal.note(`${jobId} goes on; see it with: runwright job logs ${jobId} --follow, or end it with: runwright job stop ${jobId}`);
    signal.throwIfAborted();
  };
  const path = `/api/v1/jobs/${encodeURIComponent(jobId)}`;
  const take = (entries: readonly StreamedEntry[]) => {
    for (const entry of entries) {
      if (entry.seq <= last) continue;
      last = entry.seq;
      onEntry(entry);
    }
  };
  /** The job; when it has ended, what the socket had no time to tell has been told before. */
  const look = async (): Promise<Job> => {
    const job = await client.request<Job>("GET", path);
    for (let isRest = isFinal(job.status); isRest; ) {
      const { items } = await client.request<Streams>("GET", `${path}/streams`, { query: { after: last, limit: 1_000 } });
      take(items);
      isRest = items.length > 0;
    }
    return job;
  };
  for (;;) {
    leave();
    const socket = client.events();
    const abort = () => socket.terminate();
    signal.addEventListener("abort", abort);
    let failure: unknown;
    socket.on("error", (error) => {
      failure = error; // "close" follows
    });
    socket.once("open", () => {
      if (isLost) terminal.note("The engine is back.");
      isKnown = true;
      isLost = false;
      socket.send(JSON.stringify({ subscribe: { job: jobId, after: last } }));
    });
    socket.on("message", (data) => {
      const message: EventsMessage = JSON.parse(String(data));
      if (message.type === "entries") take(message.entries);
      else if (message.type === "ended") socket.close();
      else if (message.type === "error") {
        failure = new RunwrightError(message.code as "JOB_NOT_FOUND", message.detail);
        socket.close();
      }
    });
    await new Promise((resolve) => socket.once("close", resolve));
    signal.removeEventListener("abort", abort);
    leave();
    if (failure instanceof RunwrightError && !mayPass(failure)) throw failure;
    const job = await look().catch((error: unknown) => {
      // An engine that answers is known, whatever it says.
      if (!mayPass(error) || (!isKnown && isRunwrightError(error, "ENGINE_UNREACHABLE"))) throw error;
      const what = isRunwrightError(error, "DATABASE_UNAVAILABLE") ? "The engine's database" : "The engine";
      if (!isLost) terminal.note(`${what} can't be reached; waiting until it is back, where the job goes on. Ctrl-C ends the waiting.`);
      isLost = true;
      return undefined;
    });
    if (job && isFinal(job.status)) return job;
    await pause(RECONNECT_MS, signal);
  }
}

/** An engine that stops, restarts or has too much to do comes back. */
const mayPass = (error: unknown): boolean => isRunwrightError(error) && ERRORS[error.code].retry;

const LEVEL_STYLE = { debug: "gray", verbose: "gray", info: "reset", warning: "yellow", error: "red" } as const;

/** An entry a line, or several whose text is indented; a bar for progress where someone looks. What a job put out is the result; its log is, too, for whoever asked for the log. */
export function entryPrinter(terminal: Terminal, { isLogResult = false, hasBar = true } = {}): (entry: StreamedEntry) => void {
  const say = isLogResult ? terminal.print : terminal.note;
  return (entry) => {
    const isLine = !hasBar || (isLogResult && !terminal.isTty);
    if (entry.kind === "progress" && isLine) say(`${percent(entry.fraction)} ${within(entry.message ?? "", " ")}`);
    else if (entry.kind === "progress")
      terminal.progress(`${terminal.isTty ? bar(entry.fraction) : percent(entry.fraction)} ${within(entry.message ?? "", " ")}`);
    else if (entry.kind === "output") terminal.print(clean(typeof entry.value === "string" ? entry.value : JSON.stringify(entry.value)));
    else say(`${terminal.colour("gray", entry.at.slice(11, 19))} ${terminal.colour(LEVEL_STYLE[entry.level], within(entry.message))}`);
  };
}

/** As far as the time of an entry reaches. */
const INDENTED = `\n${" ".repeat(9)}`;
/** What a runbook writes can't look like the beginning of another entry. */
const within = (text: string, lineBreak = INDENTED): string => clean(text).replaceAll("\n", lineBreak);

function bar(fraction: number): string {
  const width = 24;
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)} ${percent(fraction)}`;
}

const percent = (fraction: number): string => `${String(Math.round(fraction * 100)).padStart(3)} %`;
