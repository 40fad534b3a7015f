import type { ExecResult } from "../../sandbox/ports.ts";

/** A unit of systemd on a fake machine, as `systemctl` shows and changes it. */
export interface FakeService {
  /** Default `active`. */
  active?: "active" | "inactive" | "failed" | "activating";
  /** Such as `running`, `auto-restart`; default: what fits `active`. */
  sub?: string;
  /** Whether a reboot starts it; default true. */
  enabled?: boolean;
  /** Default `simple`; a `oneshot` unit is `inactive` once it has run. */
  type?: string;
  /** So many of the next starts fail; `true`: all of them. */
  failsToStart?: number | boolean;
  /** Default 1. */
  exitCodeOfStart?: number;
}

/** What became of a unit. */
export interface ServiceState {
  active: NonNullable<FakeService["active"]>;
  sub: string;
  enabled: boolean;
  /** How often it was started, by commands and by reboots. */
  starts: number;
}

const SUB = { active: "running", inactive: "dead", failed: "failed", activating: "auto-restart" } as const;

interface Unit {
  state: ServiceState;
  given: FakeService;
  failuresLeft: number;
}

export interface Services {
  states(): Readonly<Record<string, ServiceState>>;
  /** The answer of `systemctl`; undefined: it is another program. */
  run(argv: readonly string[]): Partial<ExecResult> | undefined;
  /** All end; those that are enabled start again. */
  reboot(): void;
}

/** @param given by the names of units, with or without `.service` */
export function fakeServices(given: Readonly<Record<string, FakeService | NonNullable<FakeService["active"]>>>): Services {
  const units = new Map(Object.entries(given).map(([name, one]) => [plain(name), unitOf(typeof one === "string" ? { active: one } : one)]));

  function start(unit: Unit): Partial<ExecResult> {
    unit.state.starts++;
    if (unit.failuresLeft > 0) {
      unit.failuresLeft--;
      turn(unit, "failed");
      return { exitCode: unit.given.exitCodeOfStart ?? 1, stderr: "Job failed because the control process exited with error code.\n" };
    }
    if (unit.given.type === "oneshot") turn(unit, "inactive");
    else turn(unit, "active");
    return {};
  }
  const turn = (unit: Unit, active: ServiceState["active"]): Partial<ExecResult> => {
    Object.assign(unit.state, { active, sub: SUB[active] });
    return {};
  };
  const setEnabled = (unit: Unit, enabled: boolean): Partial<ExecResult> => {
    unit.state.enabled = enabled;
    return {};
  };

  /** What each verb does to one unit. */
  const VERBS: Readonly<Record<string, (unit: Unit) => Partial<ExecResult>>> = {
    start: (unit) => (unit.state.active === "active" ? {} : start(unit)),
    restart: start,
    "reload-or-restart": start,
    "try-restart": (unit) => (unit.state.active === "active" ? start(unit) : {}),
    reload: (unit) => (unit.state.active === "active" ? {} : { exitCode: 1, stderr: "Unit is not active, cannot reload.\n" }),
    stop: (unit) => turn(unit, "inactive"),
    enable: (unit) => setEnabled(unit, true),
    disable: (unit) => setEnabled(unit, false),
    "reset-failed": (unit) => (unit.state.active === "failed" ? turn(unit, "inactive") : {}),
    "is-active": ({ state }) => ({ stdout: `${state.active}\n`, exitCode: state.active === "active" ? 0 : 3 }),
    "is-failed": ({ state }) => ({ stdout: `${state.active}\n`, exitCode: state.active === "failed" ? 0 : 1 }),
    "is-enabled": ({ state }) => ({ stdout: `${state.enabled ? "enabled" : "disabled"}\n`, exitCode: state.enabled ? 0 : 1 }),
    status: ({ state }) => ({ stdout: `Active: ${state.active} (${state.sub})\n`, exitCode: state.active === "active" ? 0 : 3 }),
  };

  function run(argv: readonly string[]): Partial<ExecResult> | undefined {
    const [program, ...words] = argv;
    if (program?.split("/").at(-1) !== "systemctl") return undefined;
    const [verb = "", ...names] = words.filter((word, i) => !word.startsWith("-") && words[i - 1] !== "-p");
    if (verb === "daemon-reload") return {};
    if (verb === "show") return { stdout: names.map((name) => shown(name, units.get(plain(name)), words)).join("\n") };
    const act = VERBS[verb];
    if (act === undefined) return { exitCode: 1, stderr: `Unknown command verb '${verb}' (of the fake systemctl of this test).\n` };
    const results = names.map((name) => {
      const unit = units.get(plain(name));
      if (unit !== undefined) return act(unit);
      if (verb === "is-active" || verb === "is-failed") return { stdout: "inactive\n", exitCode: 4 };
      return { exitCode: verb === "status" ? 4 : 5, stderr: `Failed to ${verb} ${plain(name)}.service: Unit ${plain(name)}.service not found.\n` };
    });
    return {
      exitCode: results.find(({ exitCode = 0 }) => exitCode !== 0)?.exitCode ?? 0,
      stdout: results.map(({ stdout = "" }) => stdout).join(""),
      stderr: results.map(({ stderr = "" }) => stderr).join(""),
    };
  }

  return {
    states: () => Object.fromEntries([...units].map(([name, { state }]) => [name, { ...state }])),
    run,
    reboot() {
      for (const unit of units.values()) {
        turn(unit, "inactive");
        if (unit.state.enabled) start(unit);
      }
    },
  };
}

const plain = (name: string) => name.replace(/\.service$/, "");

function unitOf(given: FakeService): Unit {
  const { active = "active", enabled = true, failsToStart = 0 } = given;
  const failuresLeft = failsToStart === true ? Number.POSITIVE_INFINITY : Number(failsToStart);
  return { given, failuresLeft, state: { active, sub: given.sub ?? SUB[active], enabled, starts: 0 } };
}

/** `systemctl show`, with those properties that were asked for. */
function shown(name: string, unit: Unit | undefined, words: readonly string[]): string {
  const { active = "inactive", sub = "dead", enabled = false, starts = 0 } = unit?.state ?? {};
  const all = {
    Id: `${plain(name)}.service`,
    Type: unit?.given.type ?? "simple",
    LoadState: unit === undefined ? "not-found" : "loaded",
    ActiveState: active,
    SubState: sub,
    Result: active === "failed" ? "exit-code" : "success",
    NRestarts: "0",
    UnitFileState: unit === undefined ? "" : enabled ? "enabled" : "disabled",
    InvocationID: `run-${starts}`,
  };
  const wanted = words.flatMap((word, i) => {
    const list = /^(?:--property=|-p)(.+)$/.exec(word)?.[1] ?? (words[i - 1] === "-p" || words[i - 1] === "--property" ? word : undefined);
    return list?.split(",") ?? [];
  });
  const rows = Object.entries(all).filter(([key]) => wanted.length === 0 || wanted.includes(key));
  return rows.map(([key, value]) => (words.includes("--value") ? `${value}\n` : `${key}=${value}\n`)).join("");
}
