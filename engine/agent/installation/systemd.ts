import { execFile } from "node:child_process";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { RunwrightError } from "../../core/errors.ts";
import { isMissing } from "../state-directory.ts";

/** systemctl, or what stands for it in a test. @returns what it printed @throws with what it wrote to standard error */
export type Systemctl = (...args: string[]) => Promise<string>;

export interface Systemd {
  /** Where the unit's file belongs, such as `/etc/systemd/system/runwright-agent.service`. */
  unitFile: string;
  /** sd_booted(3): this directory is there when systemd runs the machine. */
  bootedDirectory: string;
  systemctl: Systemctl;
}

export const SYSTEMD: Systemd = {
  unitFile: "/etc/systemd/system/runwright-agent.service",
  bootedDirectory: "/run/systemd/system",
  systemctl: (...args) =>
    new Promise((resolve, reject) => {
      const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", SYSTEMD_PAGER: "" };
      execFile("systemctl", args, { env, timeout: 180_000 }, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const said = stderr.trim() || error.message;
        reject(new RunwrightError("SERVICE_UNUSABLE", `systemctl ${args.join(" ")}: ${said}`, { cause: error }));
      });
    }),
};

export const isBooted = ({ bootedDirectory }: Pick<Systemd, "bootedDirectory">): Promise<boolean> =>
  stat(bootedDirectory).then(
    (found) => found.isDirectory(),
    () => false, // containers, WSL 1, other init systems
  );

/** @returns whether it was written: what is the same stays */
export async function writeUnit(path: string, text: string): Promise<boolean> {
  const before = await readFile(path, "utf8").catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (before === text) return false;
  await writeFile(`${path}.new`, text, { mode: 0o644 });
  await rename(`${path}.new`, path);
  return true;
}

/** @returns whether it was there */
export async function removeUnit(path: string): Promise<boolean> {
  const wasThere = await stat(path).then(
    () => true,
    (error) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
  await rm(path, { force: true });
  return wasThere;
}
