import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { RunwrightError } from "../../core/errors.ts";
import { readIdentity } from "../identity.ts";
import type { Program } from "../starter/contract.ts";
import { openStateDirectory } from "../state-directory.ts";
import { placeProgram, placesOf } from "./place-program.ts";
import { isBooted, removeUnit, SYSTEMD, type Systemd, writeUnit } from "./systemd.ts";
import { systemdUnit, UNIT } from "./systemd-unit.ts";
import { WINDOWS_SERVICE, windowsService } from "./windows-service.ts";

/** Where the program of an installed agent lies; its own updates are in its state directory. */
export const PROGRAM_DIRECTORY = process.platform === "win32" ? "C:\\Program Files\\Runwright" : "/usr/local/lib/runwright-agent";

export interface ServiceOptions {
  program: Program;
  stateDirectory: string;
  /** Further addresses of the engine, for `agent run`. */
  urls?: readonly string[];
  /** Parts of the machine; tests have others. */
  platform?: NodeJS.Platform;
  isRoot?: boolean;
  programDirectory?: string;
  systemd?: Systemd;
}

/** The definition of the service, as `installService` would write it. Nothing is changed or looked for. */
export function serviceDefinition({
  program,
  stateDirectory,
  urls,
  platform = process.platform,
  programDirectory = PROGRAM_DIRECTORY,
}: ServiceOptions): string {
  const command = commandOf(placesOf(program, programDirectory).command, stateDirectory, urls);
  return platform === "win32" ? windowsService({ command, stateDirectory }) : systemdUnit({ command, stateDirectory });
}

/**
 * Makes the agent a service of this machine: copies its program, defines the service, starts it now and at each boot. Asks nothing; doing it again changes what
 * differs and nothing else.
 * @returns what was done, a sentence each
 * @throws SERVICE_UNUSABLE when this machine has no systemd, or who asks isn't root
 */
export async function installService(options: ServiceOptions): Promise<string[]> {
  const { program, stateDirectory, platform = process.platform, programDirectory = PROGRAM_DIRECTORY, systemd = SYSTEMD } = options;
  if (platform === "win32") return installForWindows(options);
  await requireSystemd(options, "start the agent by hand, or from whatever starts programs here, with: runwright agent run");
  const done: string[] = [];
  const state = await openStateDirectory(stateDirectory);
  const { copied } = await placeProgram(program, programDirectory);
  done.push(...copied.map((path) => `copied ${path}`));
  const isNew = await writeUnit(systemd.unitFile, serviceDefinition({ ...options, stateDirectory: state }));
  if (isNew) {
    await systemd.systemctl("daemon-reload");
    done.push(`wrote ${systemd.unitFile}`);
  }
  await systemd.systemctl("enable", UNIT);
  // Without a change a running agent is left alone.
  const verb = isNew || copied.length > 0 ? "restart" : "start";
  await systemd.systemctl(verb, UNIT);
  const hasJoined = (await readIdentity(state).catch(() => undefined)) !== undefined; // damaged: as if it hadn't, and the agent says so
  done.push(
    hasJoined
      ? `${verb === "restart" ? "started" : "it was installed already; it runs, as before:"} ${UNIT}`
      : `enabled ${UNIT}; it starts once this machine has joined: runwright agent join, then systemctl start ${UNIT}`,
  );
  return done;
}

/** Ends the service and removes what `installService` made. Its identity and its records stay. @throws SERVICE_UNUSABLE */
export async function uninstallService(options: Omit<ServiceOptions, "program">): Promise<string[]> {
  const { stateDirectory, platform = process.platform, programDirectory = PROGRAM_DIRECTORY, systemd = SYSTEMD } = options;
  if (platform === "win32") {
    const service = join(programDirectory, `${WINDOWS_SERVICE}-service.exe`);
    return [`run as an administrator: "${service}" stop; "${service}" uninstall; then remove ${programDirectory}`];
  }
  await requireSystemd(options, "end the agent as it was started");
  const done: string[] = [];
  const wasThere = await exists(systemd.unitFile);
  if (wasThere) {
    await systemd.systemctl("disable", "--now", UNIT);
    await removeUnit(systemd.unitFile);
    await systemd.systemctl("daemon-reload");
    done.push(`stopped and removed ${UNIT}`);
  }
  if (await exists(programDirectory)) {
    await rm(programDirectory, { recursive: true, force: true });
    done.push(`removed ${programDirectory}`);
  }
  if (done.length === 0) done.push("there was no service of the agent");
  done.push(`kept ${stateDirectory}: the machine's key and its records; to end its membership: runwright machine remove NAME`);
  return done;
}

async function installForWindows(options: ServiceOptions): Promise<string[]> {
  const { program, programDirectory = PROGRAM_DIRECTORY } = options;
  const { copied } = await placeProgram(program, programDirectory);
  const definition = join(programDirectory, `${WINDOWS_SERVICE}-service.xml`);
  const isNew = await writeUnit(definition, serviceDefinition(options));
  const service = join(programDirectory, `${WINDOWS_SERVICE}-service.exe`);
  return [
    ...copied.map((path) => `copied ${path}`),
    ...(isNew ? [`wrote ${definition}`] : []),
    `put WinSW (github.com/winsw/winsw) there as ${service}, then run as an administrator: "${service}" install; "${service}" start`,
    "not proven on a Windows machine yet",
  ];
}

async function requireSystemd({ isRoot, systemd = SYSTEMD }: Omit<ServiceOptions, "program">, instead: string): Promise<void> {
  if (!(await isBooted(systemd))) throw new RunwrightError("SERVICE_UNUSABLE", `systemd doesn't run this machine; ${instead}`);
  if (!(isRoot ?? process.getuid?.() === 0)) throw new RunwrightError("SERVICE_UNUSABLE", "only root can make or remove a service; run this with sudo");
}

function commandOf(program: readonly string[], stateDirectory: string, urls: readonly string[] = []): string[] {
  // Both kinds of definition are lines: a path must not become two of them.
  if (/\p{Cc}/u.test(stateDirectory))
    throw new RunwrightError("BAD_REQUEST", "a state directory with control characters in its name can't be that of a service");
  return [...program, "run", "--state", stateDirectory, ...(urls.length > 0 ? ["--url", urls.join(",")] : [])];
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
