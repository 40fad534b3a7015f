#!/usr/bin/env node
import { text } from "node:stream/consumers";
import { runCommand } from "./cli/program.ts";
import { createTerminal } from "./cli/terminal.ts";

const stop = new AbortController();
// A terminal's Ctrl-C and a signal passed on by npm may both arrive: the second one within a moment means the same. A later one means: at once.
let asked = 0;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    const now = performance.now();
    if (asked > 0 && now - asked > 1_000) process.exit(130);
    asked ||= now;
    stop.abort();
  });
}

// `runwright job logs ID --follow | head`: whoever read has enough. What still runs ends as at Ctrl-C.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A log file on a full disk: an agent or an engine goes on. What was asked for, on standard output, must not be missing without a word.
    if (stream === process.stderr && (error.code === "ENOSPC" || error.code === "EDQUOT")) return;
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
    stop.abort();
  });
}

process.exitCode = await runCommand(process.argv.slice(2), {
  terminal: createTerminal(process.stdout, process.stderr, process.env),
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  stdin: () => text(process.stdin),
});
