import type { Classification, InstalledPackage, MissingUpdate, RebootBehaviour, Severity } from "../core/update.ts";
import { type Chance, createChance } from "./chance.ts";

/** One package of the simulated distribution. What machines report of it are these very objects: ten thousand machines share them. */
export interface CataloguePackage {
  /** As it is installed, by level, oldest first. */
  installed: readonly InstalledPackage[];
  /** What is missing where that level is installed; nothing on the last one. */
  updates: readonly MissingUpdate[];
}

export interface Catalogue {
  packages: readonly CataloguePackage[];
  /** Place of a package by its name. */
  find(name: string): number | undefined;
}

const STEMS = [
  ...["linux-image-amd64", "openssl", "glibc", "systemd", "nginx", "postgresql-15", "curl", "openssh-server", "bash", "sudo", "git", "python3.11"],
  ...["perl", "vim", "zlib1g", "libxml2", "bind9", "samba", "cups", "dbus", "gnutls28", "krb5", "nss", "sqlite3", "tar", "util-linux", "xz-utils"],
  ...["apache2", "php8.2", "ruby3.1", "docker.io", "containerd", "haproxy", "redis", "rsync", "screen", "tmux", "wget", "zsh", "expat", "freetype"],
];
const PARTS = ["", "-common", "-data", "-utils", "-dev", "-doc", "-client", "-modules", "-plugins", "-locales"];
/** Both reboot a machine; each in the words of its maintainer scripts. */
const REBOOTS: Readonly<Record<string, RebootBehaviour>> = { "linux-image-amd64": "always", glibc: "possible", systemd: "possible", dbus: "possible" };
const SECURITY: readonly Severity[] = ["critical", "important", "important", "moderate", "moderate", "moderate", "low"];
const LEVELS = 4;

/** @param packages how many there are @param seed the same seed gives the same catalogue */
export function createCatalogue({ seed, packages }: { seed: string; packages: number }): Catalogue {
  const all = Array.from({ length: packages }, (_, n) => packageOf(n, createChance(seed, "package", n)));
  const places = new Map(all.map(({ installed }, n) => [installed[0]?.name ?? "", n]));
  return { packages: all, find: (name) => places.get(name) };
}

function packageOf(n: number, chance: Chance): CataloguePackage {
  const stem = STEMS[n % STEMS.length] ?? "package";
  const round = Math.floor(n / STEMS.length);
  const name = `${stem}${PARTS[round % PARTS.length]}${round < PARTS.length ? "" : Math.floor(round / PARTS.length)}`;
  const version = `${chance.below(9) + 1}.${chance.below(40)}.${chance.below(10)}-${chance.below(5) + 1}`;
  const installed = Array.from({ length: LEVELS }, (_, level) => {
    const full = level === 0 ? version : `${version}+deb12u${level}`;
    return { name, architecture: "amd64", version: full, held: false, ...(name === stem ? {} : { source: { name: stem, version: full } }) };
  });
  const newest = installed[LEVELS - 1]?.version ?? version;
  const isSecurity = n === 0 || chance.happens(0.45);
  const year = 2024 + chance.below(3);
  const cves = isSecurity ? Array.from({ length: 1 + chance.below(3) }, () => `CVE-${year}-${10_000 + chance.below(50_000)}`) : [];
  const common = {
    ...{ kind: "package", name, architecture: "amd64", candidateVersion: newest },
    classification: (isSecurity ? "security" : "other") satisfies Classification,
    severity: isSecurity ? (SECURITY[chance.below(SECURITY.length)] ?? "low") : "unspecified",
    origin: isSecurity ? "Debian-Security:12/stable-security" : "Debian:12.9/stable",
    ...{ held: false, phased: false },
    rebootBehaviour: REBOOTS[name] ?? "never",
    cves: [...new Set(cves)].sort(),
    advisories: isSecurity ? [`DSA-${5_000 + chance.below(900)}-${1 + chance.below(3)}`] : [],
    sizeBytes: 20_000 + chance.below(40_000_000),
  } satisfies Omit<MissingUpdate, "installedVersion">;
  return { installed, updates: installed.slice(0, -1).map((one) => ({ ...common, installedVersion: one.version })) };
}
