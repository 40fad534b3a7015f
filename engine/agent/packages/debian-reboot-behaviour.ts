import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RebootBehaviour } from "../../core/update.ts";

/**
 * Debian's packages don't say what installing them means for a reboot; these rules are reasoned. A first match counts; without one it is `unknown`.
 * That a package was built to ask for a reboot counts more than its name: see `rebootBehaviour`.
 */
const RULES: readonly (readonly [behaviour: RebootBehaviour, name: RegExp, why: string])[] = [
  ["never", /-(?:doc|dev|dbgsym|locales?|l10n-.+|examples)$|^(?:fonts-|manpages)/, "nothing that runs has it open"],
  ["always", /^linux-image-|^linux-(?:generic|virtual|cloud|rt|lowlatency)/, "another kernel runs from the next boot on"],
  ["always", /^(?:intel|amd64)-microcode$/, "it is loaded at boot"],
  ["possible", /^(?:firmware-|linux-firmware$|linux-base$|initramfs-tools|dracut|grub-|shim-)/, "it is used at boot"],
  [
    "possible",
    /^(?:libc6|libc-bin|systemd(?:-.+)?|libsystemd\d+|libpam-systemd|udev|libudev1|dbus(?:-broker|-daemon)?|init)$/,
    "everything that runs uses it, and process 1 goes on with the old one",
  ],
  ["possible", /^(?:openssl|libssl\d|libgnutls\d)/, "services go on with the old one until they are restarted"],
];
/** Sections of the archive (Debian policy 2.4) whose packages nothing runs from. */
const INERT_SECTIONS = new Set(["debug", "doc", "fonts", "libdevel", "localization"]);

/**
 * @param root where the machine's files are
 * @param section of the archive, such as `doc` or `non-free/libs`
 */
export async function rebootBehaviour(root: string, { name, architecture }: { name: string; architecture: string }, section: string): Promise<RebootBehaviour> {
  const known = RULES.find(([, pattern]) => pattern.test(name))?.[0];
  if (known === "always") return known;
  // Ubuntu's way to ask for a reboot (notify-reboot-required) and Debian's few (unattended-upgrades, kernels) end in this file.
  if ((await scriptsOf(root, name, architecture)).includes("reboot-required")) return "possible";
  return known ?? (INERT_SECTIONS.has(section.replace(/^.*\//, "")) ? "never" : "unknown");
}

/** What the installed version ran when it was configured: a new one will do the same, as far as can be known before it is here. */
async function scriptsOf(root: string, name: string, architecture: string): Promise<string> {
  const info = join(root, "var/lib/dpkg/info");
  for (const file of [`${name}.postinst`, `${name}:${architecture}.postinst`]) {
    const text = await readFile(join(info, file), "utf8").catch(() => undefined); // most have none
    if (text !== undefined) return text;
  }
  return "";
}
