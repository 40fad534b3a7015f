import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

const WINDOWS_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters";

/** What differs from boot to boot. Those of Windows (a counter) and macOS (a UUID) are taken from documentation and unproven. */
const SOURCES: Partial<Record<NodeJS.Platform, () => Promise<string>>> = {
  linux: () => readFile("/proc/sys/kernel/random/boot_id", "utf8"),
  darwin: () => said("sysctl", ["-n", "kern.bootsessionuuid"]),
  win32: async () => /BootId\s+REG_DWORD\s+(\S+)/.exec(await said("reg", ["query", WINDOWS_KEY, "/v", "BootId"]))?.[1] ?? "",
};

let known: Promise<string> | undefined;

/** Of this boot; asked once, as it stays the same for as long as this process lives. Empty: this system tells none. */
export function bootId(): Promise<string> {
  known ??= (SOURCES[process.platform]?.() ?? Promise.resolve("")).then(
    (text) => text.trim(),
    () => "", // it isn't told here, as in some containers
  );
  return known;
}

const said = (file: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(file, [...args], { encoding: "utf8", timeout: 10_000, windowsHide: true }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
