import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { RunwrightError } from "../core/errors.ts";
import type { Context } from "./command.ts";
import { giveTo, installEngine, type ServiceParts, showEngine, systemctlOf, uninstallEngine } from "./systemd/installation.ts";
import { ENVIRONMENT_FILE, engineUnit, type Manager, SYSTEM_DATA, UNIT, type UnitParts } from "./systemd/unit.ts";
import { writableOf } from "./systemd/writable.ts";
import { clean } from "./terminal.ts";

interface ManagerOptions {
  user?: boolean;
  json?: boolean;
}

interface InstallOptions extends ManagerOptions {
  data?: string;
  config?: string;
  runAs?: string;
  print?: boolean;
}

/** The command itself, past whatever link has started it. */
const PROGRAM = fileURLToPath(new URL("../runwright.mjs", import.meta.url));
const USER = "a service of your own instead of one of the machine";

export function addService(program: Command, context: Context): void {
  const { terminal } = context;
  const service = program.command("service").description("Let systemd run the engine of this machine");
  const tell = (done: readonly string[], { json }: ManagerOptions) => {
    if (json) terminal.printJson({ done });
    else for (const line of done) terminal.print(line);
  };

  service
    .command("install")
    .description("Make the engine a service and start it; doing it again changes what differs")
    .option("--user", USER)
    .option("--data <dir>", `data directory (default ${SYSTEM_DATA}, or ~/.local/share/runwright with --user)`)
    .option("--config <file>", "configuration file (default config.yaml in the data directory)")
    .option(
      "--run-as <user>",
      "user of the machine's service: dynamic (one that systemd makes), root (each runner gets a user of its own), or a name",
      "dynamic",
    )
    .option("--print", "print the unit, change nothing")
    .option("--json", "print what was done as JSON")
    .action(async (options: InstallOptions) => {
      const unit = unitOf(options, context);
      if (unit.manager === "system" && unit.runAs === "dynamic")
        for (const path of unit.writable)
          terminal.note(`The user that systemd makes owns nothing in ${path}: if backups shall go there, name one that does with --run-as, or root.`);
      if (options.print) return terminal.print(engineUnit(unit).trimEnd());
      tell(await installEngine(partsOf(options, context), unit), options);
      if (options.user) terminal.note("It ends when you sign out, unless an administrator says: loginctl enable-linger");
    });

  service
    .command("show")
    .description("Show the unit and what systemd says of it")
    .option("--user", USER)
    .option("--json", "print JSON")
    .action(async (options: ManagerOptions) => {
      const state = await showEngine(partsOf(options, context));
      if (options.json) return terminal.printJson(state);
      if (state.unit === null) return terminal.note(`${UNIT} isn't installed; runwright service install does it`);
      terminal.note(`${state.unitFile}: ${state.active === null ? "systemd doesn't run this machine" : `${state.active}, ${state.enabled}`}`);
      for (const line of state.unit.trimEnd().split("\n")) terminal.print(clean(line));
    });

  service
    .command("uninstall")
    .description("Stop the service and remove it; its data stays")
    .option("--user", USER)
    .option("--json", "print what was done as JSON")
    .action(async (options: ManagerOptions) => tell(await uninstallEngine(partsOf(options, context)), options));
}

const managerOf = ({ user }: ManagerOptions): Manager => (user ? "user" : "system");
const homeOf = ({ env }: Context): string => env.HOME || homedir();

function unitOf(options: InstallOptions, context: Context): UnitParts {
  const { data, config, runAs = "dynamic" } = options;
  const { env, cwd } = context;
  const manager = managerOf(options);
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(runAs)) throw new RunwrightError("BAD_REQUEST", `"${runAs}" can't be a user's name`);
  const given = data === undefined ? undefined : resolve(cwd, data);
  if (manager === "system" && runAs === "dynamic" && given !== undefined && given !== SYSTEM_DATA)
    throw new RunwrightError("BAD_REQUEST", `a user that systemd makes keeps its data in ${SYSTEM_DATA}; leave --data out, or name a user with --run-as`);
  const own = manager === "user" ? join(env.XDG_DATA_HOME || join(homeOf(context), ".local", "share"), "runwright") : SYSTEM_DATA;
  const directory = given ?? own;
  // The working directory of a unit is its line as it stands: one that ends in a backslash goes on in the next line, and spaces at its end are lost.
  if (/\p{Cc}|[\\\s]$/u.test(directory))
    throw new RunwrightError("BAD_REQUEST", "the data directory's path holds a control character, or ends in a backslash or space, which a unit can't tell");
  const file = config === undefined ? {} : { file: resolve(cwd, config) };
  const writable = writableOf({ data: directory, environmentFile: manager === "system" ? ENVIRONMENT_FILE : null, ...file });
  const more = config === undefined ? [] : ["--config", resolve(cwd, config)];
  return { manager, data: directory, writable, runAs, command: [process.execPath, PROGRAM, "serve", "--data", directory, ...more] };
}

function partsOf(options: ManagerOptions, context: Context): ServiceParts {
  const manager = managerOf(options);
  const { env } = context;
  const folder = manager === "user" ? join(env.XDG_CONFIG_HOME || join(homeOf(context), ".config"), "systemd/user") : "/etc/systemd/system";
  return {
    manager,
    unitFile: join(folder, UNIT),
    bootedDirectory: "/run/systemd/system",
    systemctl: systemctlOf(manager, env),
    give: giveTo,
    isRoot: process.getuid?.() === 0,
  };
}
