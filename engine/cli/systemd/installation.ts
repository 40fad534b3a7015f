import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isBooted, removeUnit, type Systemctl, writeUnit } from "../../agent/installation/systemd.ts";
import { RunwrightError } from "../../core/errors.ts";
import { engineUnit, type Manager, UNIT, type UnitParts } from "./unit.ts";

export interface ServiceParts {
  manager: Manager;
  /** Where the unit's file belongs. */
  unitFile: string;
  /** sd_booted(3): this directory is there when systemd runs the machine. */
  bootedDirectory: string;
  systemctl: Systemctl;
  /** Gives a folder and what is in it to a user. @throws SERVICE_UNUSABLE when there is no such user */
  give(path: string, user: string): Promise<void>;
  isRoot: boolean;
}

/** Defines the service, starts it now and from now on. Doing it again changes what differs. @returns what was done, a sentence each @throws SERVICE_UNUSABLE */
export async function installEngine(parts: ServiceParts, unit: UnitParts): Promise<string[]> {
  await requireSystemd(parts);
  const { manager, unitFile, systemctl, give } = parts;
  if (unit.runAs !== "dynamic" || manager === "user") {
    const made = await mkdir(unit.data, { recursive: true, mode: 0o700 });
    if (made !== undefined && manager === "system" && unit.runAs !== "root") await give(made, unit.runAs);
  }
  await mkdir(dirname(unitFile), { recursive: true });
  const isNew = await writeUnit(unitFile, engineUnit(unit));
  if (isNew) await systemctl("daemon-reload");
  await systemctl("enable", UNIT);
  await systemctl(isNew ? "restart" : "start", UNIT);
  return isNew
    ? [`wrote ${unitFile}`, `started ${UNIT}, now and ${manager === "system" ? "at each boot" : "when you sign in"}`]
    : [`${UNIT} is installed already, and runs`];
}

/** Ends the service and removes its definition; its data stays. @throws SERVICE_UNUSABLE */
export async function uninstallEngine(parts: ServiceParts): Promise<string[]> {
  await requireSystemd(parts);
  const { unitFile, systemctl } = parts;
  if ((await readUnit(unitFile)) === undefined) return [`${UNIT} isn't installed`];
  await systemctl("disable", "--now", UNIT);
  await removeUnit(unitFile);
  await systemctl("daemon-reload");
  return [`stopped and removed ${UNIT}; its data stays`];
}

export interface ServiceState {
  unitFile: string;
  /** Its text; null: it isn't installed. */
  unit: string | null;
  /** What systemd says of it, such as `active` and `enabled`; null where systemd doesn't run. */
  active: string | null;
  enabled: string | null;
}

export async function showEngine(parts: ServiceParts): Promise<ServiceState> {
  const { unitFile, systemctl } = parts;
  const unit = (await readUnit(unitFile)) ?? null;
  const asked = async (verb: string) => (await systemctl("show", `--property=${verb}`, "--value", UNIT)).trim();
  const booted = await isBooted(parts);
  return { unitFile, unit, active: booted ? await asked("ActiveState") : null, enabled: booted ? await asked("UnitFileState") : null };
}

async function requireSystemd(parts: ServiceParts): Promise<void> {
  if (!(await isBooted(parts)))
    throw new RunwrightError(
      "SERVICE_UNUSABLE",
      "systemd doesn't run this machine; let whatever starts programs here run `runwright serve --data DIR`, or print the unit with --print",
    );
  if (parts.manager === "system" && !parts.isRoot)
    throw new RunwrightError("SERVICE_UNUSABLE", "a service of the machine is made by root: use sudo, or make one of your own with --user");
}

async function readUnit(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** @param env of a person's session: systemd's own socket is found by it */
export const systemctlOf =
  (manager: Manager, env: Readonly<Record<string, string | undefined>>): Systemctl =>
  (...args) =>
    new Promise((resolve, reject) => {
      const { XDG_RUNTIME_DIR = "", DBUS_SESSION_BUS_ADDRESS = "" } = env;
      const session = manager === "user" ? { XDG_RUNTIME_DIR, ...(DBUS_SESSION_BUS_ADDRESS ? { DBUS_SESSION_BUS_ADDRESS } : {}) } : {};
      const own = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", SYSTEMD_PAGER: "", ...session };
      execFile("systemctl", [...(manager === "user" ? ["--user"] : []), ...args], { env: own, timeout: 180_000 }, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        reject(new RunwrightError("SERVICE_UNUSABLE", `systemctl ${args.join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
      });
    });

/** chown(1) knows users by name. */
export const giveTo = (path: string, user: string): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile("chown", ["-R", "--", `${user}:`, path], { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" } }, (error, _, stderr) => {
      if (error === null) return resolve();
      reject(new RunwrightError("SERVICE_UNUSABLE", `${path} can't be given to ${user}: ${stderr.trim() || error.message}`, { cause: error }));
    });
  });
