import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { giveBackMemory } from "../memory.ts";
import { startAgent } from "./agent.ts";
import { installService, serviceDefinition, uninstallService } from "./installation/install.ts";
import { joinEngine } from "./join.ts";
import type { Log } from "./log.ts";
import { findStarter } from "./starter/contract.ts";
import { DEFAULT_STATE } from "./state-directory.ts";
import { agentStatus } from "./status.ts";
import { statusText } from "./status-text.ts";

/**
 * The agent as a program of its own: what `npm run package:agent` bundles. It knows the commands of `runwright agent` that belong to the machine itself.
 * No top-level await: a single executable can't run modules that have one.
 */
declare const RUNWRIGHT_AGENT_VERSION: string; // set by the bundler

const starter = findStarter();
const bare = typeof RUNWRIGHT_AGENT_VERSION === "undefined" ? "0.0.0" : RUNWRIGHT_AGENT_VERSION;
/** Of two builds of one release, which one: the hash of its code follows, as build metadata of semver. */
const version = starter ? `${bare}+${starter.hash.slice(0, 12)}` : bare;
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

// Where it writes to a file on a full disk: nobody hears of it, and the agent goes on.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const print = (line: string) => void process.stdout.write(`${line}\n`);
const log: Log = { info: say("info"), warn: say("warn"), error: say("error") };

/** After a report, when what it needed is of no use any more. */
const SETTLED_MS = 1_000;

const USAGE = `runwright-agent ${version}

  join [TOKEN] [--name NAME]   enrol this machine; without TOKEN it is read from standard input
  run                          run the agent until it is stopped
  install [--dry-run]          make it a service of this machine
  uninstall                    remove the service; the machine's key and records stay
  status                       show identity, engine, connection, version, commands and process

  --state DIR                  where the agent keeps its key and its work (default ${DEFAULT_STATE})
  --url URL,URL                further addresses of the engine (join, run, install)
  --unencrypted                accept an engine on another machine without TLS (join)
  --json                       print JSON (join, status)`;

const OPTIONS = {
  state: { type: "string" },
  url: { type: "string" },
  name: { type: "string" },
  unencrypted: { type: "boolean" },
  json: { type: "boolean" },
  "dry-run": { type: "boolean" },
  help: { type: "boolean" },
  version: { type: "boolean" },
} as const;

interface Given {
  words: readonly string[];
  stateDirectory: string;
  urls: string[] | undefined;
  name?: string;
  unencrypted?: boolean;
  json?: boolean;
  "dry-run"?: boolean;
}

const COMMANDS: Readonly<Record<string, (given: Given) => Promise<void>>> = { join, run, install, uninstall, status };

main(starter?.argv ?? process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`runwright-agent: ${isRunwrightError(error) ? `${error.message} [${error.code}]` : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = isRunwrightError(error, "BAD_REQUEST") ? 2 : 1;
});

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(argv);
  const [name = "", ...words] = positionals;
  if (values.version) return print(version);
  if (values.help) return print(USAGE);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined || words.length > (name === "join" ? 1 : 0))
    throw new RunwrightError("BAD_REQUEST", `there is no "${positionals.join(" ")}"; --help lists what there is`);
  await command({ ...values, words, stateDirectory: resolve(values.state ?? DEFAULT_STATE), urls: values.url?.split(",").map(url) });
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new RunwrightError("BAD_REQUEST", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function join({ words, stateDirectory, urls, name, unencrypted, json }: Given): Promise<void> {
  const token = words[0] ?? (await text(process.stdin)).trim();
  const policy = unencrypted ? "accept" : "refuse";
  const joined = await joinEngine({ stateDirectory, token, name, urls, unencrypted: policy, agentVersion: version, clock, log, signal: stop.signal });
  if (json) print(JSON.stringify({ url: joined.url, name: joined.name, stateDirectory: joined.stateDirectory }));
  else print(`joined ${joined.url} as ${joined.name}; make the agent a service with "install", or run it with "run"`);
}

async function run({ stateDirectory, urls }: Given): Promise<void> {
  const onReported = () => {
    starter?.reported();
    // Between two reports an agent does next to nothing.
    setTimeout(giveBackMemory, SETTLED_MS).unref();
  };
  const agent = await startAgent({
    ...{ stateDirectory, urls, agentVersion: version, clock, log, environment: process.env, onReported },
    ...(starter ? { starter } : {}),
  });
  if (!stop.signal.aborted) await new Promise<void>((done) => stop.signal.addEventListener("abort", () => done(), { once: true }));
  await agent.stop();
}

async function install({ stateDirectory, urls, "dry-run": dry }: Given): Promise<void> {
  if (starter === undefined)
    throw new RunwrightError("SERVICE_UNUSABLE", 'this file can\'t install itself: run "agent-start.mjs install", or the single executable');
  const options = { program: starter.program, stateDirectory, urls };
  if (dry) process.stdout.write(serviceDefinition(options));
  else for (const line of await installService(options)) print(line);
}

async function uninstall({ stateDirectory }: Given): Promise<void> {
  for (const line of await uninstallService({ stateDirectory })) print(line);
}

async function status({ stateDirectory, json }: Given): Promise<void> {
  const found = await agentStatus(stateDirectory);
  if (json) return print(JSON.stringify(found));
  for (const [label, value] of statusText(found, clock.now())) if (value !== "") print(`${label.padEnd(10)} ${value}`);
}

function url(text: string): string {
  const given = text.trim();
  if (/^https?:\/\//.test(given) && URL.canParse(given)) return given;
  throw new RunwrightError("BAD_REQUEST", `"${given}" isn't an engine's address such as https://engine.example.com:4680`);
}

/** Standard error is where systemd's journal and containers look for it. */
function say(level: string) {
  return (fields: object, message: string) => {
    const plain = Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? { name: value.name, message: value.message } : value]);
    process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...Object.fromEntries(plain), message })}\n`);
  };
}
