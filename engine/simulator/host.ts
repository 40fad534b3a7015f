import type { ChosenUpdate, InstalledUpdate } from "../core/install.ts";
import type { Facts } from "../core/machine.ts";
import type { Findings } from "../core/report.ts";
import type { Inventory } from "../core/update.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Chance } from "./chance.ts";

export interface HostShape {
  /** Installed packages. */
  packages: number;
  /** Of which an update is missing at first. */
  missing: number;
  /** Of all hosts, those on which one package can't be installed: 0 to 1. */
  failing: number;
}

/** The packages and boots of one simulated machine, in some hundred bytes. */
export interface SimulatedHost {
  facts(): Facts;
  bootId(): string;
  findings(): Findings;
  inventory(at: number): Inventory;
  /** One update, as a package manager would; the database is what it says. */
  install(chosen: ChosenUpdate, at: number): InstalledUpdate;
  reboot(): void;
}

const ABSENT = 0;

export function createHost(parts: {
  name: string;
  number: number;
  agentVersion: string;
  catalogue: Catalogue;
  chance: Chance;
  shape: HostShape;
}): SimulatedHost {
  const { name, number, agentVersion, catalogue, chance, shape } = parts;
  const { levels, broken } = drawPackages(catalogue, chance, shape);
  const bootOf = (boot: number) => `${number.toString(16).padStart(8, "0")}-0000-4000-8000-${boot.toString(16).padStart(12, "0")}`;
  let boots = 1;
  let rebootFor: string[] = [];

  const findings = (): Findings => {
    const installed = [];
    const updates = [];
    for (let place = 0; place < levels.length; place++) {
      const level = levels[place] ?? ABSENT;
      const known = catalogue.packages[place];
      if (level === ABSENT || !known) continue;
      const [one, update] = [known.installed[level - 1], known.updates[level - 1]];
      if (one) installed.push(one);
      if (update) updates.push(update);
    }
    return { installed, updates };
  };

  return {
    bootId: () => bootOf(boots),
    facts: () => ({
      ...{ os: "linux", osName: "Debian GNU/Linux 12 (bookworm)", distribution: "debian", distributionVersion: "12", kernel: "6.1.0-28-amd64" },
      ...{ architecture: "x64", hostname: name, bootId: bootOf(boots), cpus: 4, memoryBytes: 8 * 2 ** 30, agentVersion, timeZone: "Etc/UTC" },
      addresses: [`10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`],
    }),
    findings,
    inventory: (at) => ({
      ...{ packageManager: "apt", collectedAt: at, listsUpdatedAt: at, problems: [], ...findings() },
      ...{ rebootPending: rebootFor.length > 0, rebootReasons: rebootFor },
    }),
    install(chosen, at) {
      const place = catalogue.find(chosen.name);
      const known = place === undefined ? undefined : catalogue.packages[place];
      const level = place === undefined ? ABSENT : (levels[place] ?? ABSENT);
      const from = known?.installed[level - 1];
      const times = { startedAt: at, endedAt: at };
      const fail = (message: string) => ({ ...chosen, fromVersion: from?.version ?? null, status: "Failed" as const, message, ...times });
      if (place === undefined || !known || !from) return fail(`E: Unable to locate package ${chosen.name}`);
      const to = known.installed.findIndex(({ version }) => version === chosen.version);
      if (to < 0) return fail(`E: Version '${chosen.version}' for '${chosen.name}' was not found`);
      if (place === broken) return fail(`dpkg: error processing package ${chosen.name} (--configure): post-installation script returned error exit status 1`);
      const behaviour = known.updates[level - 1]?.rebootBehaviour;
      if (behaviour === "always" || behaviour === "possible") rebootFor = [...new Set([...rebootFor, `${chosen.name} asks for a restart`])];
      levels[place] = Math.max(level, to + 1);
      return { ...chosen, fromVersion: from.version, status: "Succeeded", message: "", ...times };
    },
    reboot() {
      boots++;
      rebootFor = [];
    },
  };
}

/** Levels from 1, by the catalogue's places; and the place of the package whose installs fail, if there is one. */
function drawPackages({ packages }: Catalogue, chance: Chance, shape: HostShape): { levels: Uint8Array; broken: number | undefined } {
  const levels = new Uint8Array(packages.length);
  const places = Array.from(packages.keys());
  for (let n = 0; n < Math.min(shape.packages, places.length); n++) {
    const other = n + chance.below(places.length - n);
    [places[n], places[other]] = [places[other] ?? n, places[n] ?? n];
    const [place = 0] = places.slice(n, n + 1);
    const newest = packages[place]?.installed.length ?? 1;
    levels[place] = n < shape.missing ? 1 + chance.below(newest - 1) : newest;
  }
  return { levels, broken: chance.happens(shape.failing) ? places[chance.below(Math.max(1, shape.missing))] : undefined };
}
