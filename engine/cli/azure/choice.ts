import type { RebootMode } from "../../core/deploy/plan.ts";
import { notKnown } from "../../core/schedule/problem.ts";
import type { Classification } from "../../core/update.ts";
import type { Findings } from "./findings.ts";

export type System = "windows" | "linux";

/** What is installed on machines of one operating system. */
export interface Choice {
  system: System;
  classifications: Classification[];
  include: string[];
  exclude: string[];
  reboot: RebootMode;
}

/** The same as Azure says it, with its place; undefined: it doesn't say. */
export interface AzureChoice {
  system: System;
  at: string;
  classifications: { at: string; words: readonly string[] };
  include: { at: string; names: readonly string[] };
  exclude: { at: string; names: readonly string[] };
  reboot: { at: string; word: string | undefined };
}

const WINDOWS: Readonly<Record<string, readonly Classification[]>> = {
  Unclassified: [],
  ...{ Critical: ["critical"], Security: ["security"], UpdateRollup: ["updateRollup"], FeaturePack: ["featurePack"] },
  ...{ ServicePack: ["servicePack"], Definition: ["definition"], Tools: ["tools"], Updates: ["updates"] },
};
/** Package sources of Linux don't tell critical from security, and call all else other or plain updates. */
const LINUX: Readonly<Record<string, readonly Classification[]>> = {
  Unclassified: [],
  ...{ Critical: ["critical", "security"], Security: ["critical", "security"], Other: ["updates", "other"] },
};
const REBOOTS: Readonly<Record<string, RebootMode>> = { IfRequired: "ifRequired", Always: "always", Never: "never", RebootOnly: "only" };

export function choiceOf({ system, at, classifications, include, exclude, reboot }: AzureChoice, findings: Findings): Choice {
  const known = system === "windows" ? WINDOWS : LINUX;
  const classes = new Set(classifications.words.flatMap((word) => find(known, word, classifications.at, findings) ?? []));
  const words = new Set(classifications.words.map((word) => word.toLowerCase()));
  if (system === "linux" && words.has("critical") !== words.has("security"))
    findings.differs(classifications.at, "critical and security updates are chosen together: package sources of Linux don't tell them apart");
  const read = system === "windows" ? kbOf : packageOf;
  const chosen: Choice = {
    system,
    classifications: [...classes],
    include: include.names.flatMap((name, i) => read(name, `${include.at}/${i}`, "include", findings)),
    exclude: exclude.names.flatMap((name, i) => read(name, `${exclude.at}/${i}`, "exclude", findings)),
    reboot: reboot.word === undefined ? "ifRequired" : (find(REBOOTS, reboot.word, reboot.at, findings) ?? "ifRequired"),
  };
  if (chosen.reboot !== "only" && chosen.classifications.length === 0 && chosen.include.length === 0)
    findings.wider(
      at,
      "chooses nothing that can be said here, neither by classification nor by name; without both a policy chooses everything: say what you want",
    );
  return chosen;
}

function find<Value>(words: Readonly<Record<string, Value>>, word: string, at: string, findings: Findings): Value | undefined {
  const name = Object.keys(words).find((one) => one.toLowerCase() === word.trim().toLowerCase());
  if (name === undefined) findings.problem(at, notKnown(word, Object.keys(words)));
  return name === undefined ? undefined : words[name];
}

/** `168934` and `KB168934` are the same. */
function kbOf(name: string, at: string, _: "include" | "exclude", findings: Findings): string[] {
  const [, digits] = /^\s*(?:KB)?\s*(\d{4,10}|\*)\s*$/i.exec(name) ?? [];
  if (digits === undefined) findings.problem(at, `"${name}" isn't the number of a knowledge base article, such as 5034441 or KB5034441`);
  return digits === undefined ? [] : [digits === "*" ? "*" : `KB${digits}`];
}

/** A package mask. Where it can't be said exactly, less is installed than in Azure, never more. */
function packageOf(name: string, at: string, way: "include" | "exclude", findings: Findings): string[] {
  const mask = name.trim();
  if (/\p{Cc}/u.test(mask)) {
    findings.problem(at, `${JSON.stringify(mask)} is no name of a package: it has control characters`);
    return [];
  }
  if (mask === "" || mask.length > 255) {
    findings.problem(at, mask === "" ? "an empty name names no package" : "is longer than any package's name");
    return [];
  }
  const [pattern = "", version] = mask.split("=");
  if (version === undefined && !pattern.includes("?")) return [mask];
  const why = version === undefined ? "? for a single character has no counterpart" : "a policy names no single version here";
  if (way === "include") {
    findings.differs(at, `${mask} is left out: ${why}`);
    return [];
  }
  const wider = pattern.replaceAll("?", "*");
  findings.differs(at, `excludes ${wider} instead of ${mask}: ${why}`);
  return [wider];
}
