import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { EXTRA_PACKAGES, type Role } from "./cast.ts";

const LAB = join(import.meta.dirname, "../lab");
const run = promisify(execFile);
const AT_ONCE = 4;

/** Where an agent keeps its state on a host. */
export const STATE = "/var/lib/runwright-agent";

export interface Host extends Role {
  /** Its root directory, which is its `/`. */
  directory: string;
}

/** A signed repository, and hosts that have older packages than it: plain files below `home`. */
export async function makeHosts(home: string, cast: readonly Role[]): Promise<{ repository: string; hosts: Host[] }> {
  const repository = join(home, "repository");
  await lab("build-apt-repo.sh", "-n", `${EXTRA_PACKAGES}`, repository);
  const hosts = cast.map((role): Host => ({ ...role, directory: join(home, "hosts", role.name) }));
  const left = [...hosts];
  const work = async () => {
    for (let host = left.shift(); host !== undefined; host = left.shift())
      await lab("make-host.sh", "-u", "-r", repository, "-n", `${EXTRA_PACKAGES}`, "-p", host.packages.join(" "), host.directory).then(() =>
        removeOthers(host),
      );
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { repository, hosts };
}

/** make-host.sh installs all of lab-pkg-*: each host keeps its own. */
async function removeOthers(host: Host | undefined): Promise<void> {
  if (host === undefined) return;
  const others = [...(await installedOn(host)).keys()].filter((name) => name.startsWith("lab-pkg-") && !host.packages.includes(name));
  if (others.length > 0) await onHost(host, "dpkg", "--purge", `--root=${host.directory}`, "--force-not-root,script-chrootless,bad-path", ...others);
}

/** What dpkg-query itself says is installed: version by name. */
export async function installedOn(host: Host): Promise<Map<string, string>> {
  const out = await onHost(host, "dpkg-query", "-W", "-f", "${Package}\\t${Version}\\t${db:Status-Abbrev}\\n");
  const rows = out.split("\n").map((line) => line.split("\t"));
  return new Map(
    rows.flatMap(([name, version, state]) =>
      name && version ? [[name, state?.trim() === "ii" || state?.trim() === "hi" ? version : `${version} (${state?.trim()})`]] : [],
    ),
  );
}

/** Without any privilege: dpkg-query of this machine reads the host's database. */
async function onHost({ directory }: Host, ...argv: readonly string[]): Promise<string> {
  const { stdout } = await run("bash", [join(LAB, "on-host.sh"), directory, "--", ...argv], { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** The log of an install as it lies on the host, and its SHA-256, hex; undefined: there is none. */
export async function logOn({ directory }: Host, file: string): Promise<{ file: string; sha256: string } | undefined> {
  const inside = join(directory, file.startsWith(directory) ? file.slice(directory.length) : file);
  const isThere = await access(inside).then(
    () => true,
    () => false,
  );
  return isThere
    ? {
        file: inside,
        sha256: createHash("sha256")
          .update(await readFile(inside))
          .digest("hex"),
      }
    : undefined;
}

export const bootIdOf = async ({ directory }: Host): Promise<string> => (await readFile(join(directory, ".lab/boot_id"), "utf8")).trim();

async function lab(script: string, ...args: readonly string[]): Promise<void> {
  await run("bash", [join(LAB, script), ...args], { maxBuffer: 16 * 1024 * 1024 });
}
