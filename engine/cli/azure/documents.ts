import type { Choice } from "./choice.ts";
import type { Configuration } from "./configuration.ts";
import { oneLine } from "./one-line.ts";

/** What is made of one configuration. */
export interface ImportedDocuments {
  /** Of its file, without ending. */
  file: string;
  /** As Azure names it. */
  configuration: string;
  origin: string;
  documents: readonly Readonly<Record<string, unknown>>[];
  hooks: Configuration["hooks"];
  /** Why its windows are disabled; null: they aren't. */
  disabled: string | null;
}

/** A policy and a window for each operating system and each group of machines. @param isWider something has no counterpart without which more would happen @param take a name that no other document has */
export function documentsOf(
  configuration: Configuration,
  { file, isWider, take }: { file: string; isWider: boolean; take(name: string): string },
): ImportedDocuments {
  const { timing, choices, groups, isEnabled } = configuration;
  const disabled = isWider
    ? "something that mattered in Azure is missing: see what is marked with ! above"
    : (timing.over ?? (isEnabled ? null : "it is disabled in Azure"));
  const documents = choices.flatMap((choice) => {
    const own = groups.filter(({ systems }) => systems === undefined || systems.includes(choice.system));
    return own.flatMap(({ terms }, i) => {
      const name = take(`${file}${choices.length > 1 ? `-${choice.system}` : ""}${own.length > 1 ? `-${i + 1}` : ""}`);
      const selector = [`os=${choice.system}`, ...terms].join(" ");
      // What only reboots says nothing of updates: a policy without a word would approve them all.
      const policies = choice.reboot === "only" ? [] : [policyOf(name, selector, choice)];
      return [...policies, windowOf(name, selector, { ...configuration, choice, isEnabled: disabled === null })];
    });
  });
  return { file, configuration: configuration.name, origin: configuration.origin, documents, hooks: configuration.hooks, disabled };
}

const policyOf = (name: string, selector: string, { classifications, include, exclude }: Choice) => ({
  ...{ kind: "UpdatePolicy", name, selector },
  ...(classifications.length > 0 ? { classifications } : {}),
  ...(include.length > 0 ? { include } : {}),
  ...(exclude.length > 0 ? { exclude } : {}),
});

function windowOf(name: string, selector: string, { timing, choice, description, isEnabled }: Configuration & { choice: Choice; isEnabled: boolean }) {
  const { recurrence, timeZone, startAt, expiresAt, duration } = timing;
  return {
    ...{ kind: "MaintenanceWindow", name },
    ...(description === "" ? {} : { description: oneLine(description).slice(0, 1_000) }),
    ...(isEnabled ? {} : { enabled: false }),
    ...{ recurrence, timeZone },
    ...(startAt === undefined ? {} : { startAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...{ duration, selector },
    ...(choice.reboot === "ifRequired" ? {} : { reboot: choice.reboot }),
  };
}

/** A name of ours. */
export function nameOf(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .replace(/-+$/, "")
    .slice(0, 100);
  return name === "" ? "azure" : name;
}

/** Gives each name once: the second one has -2 at its end. */
export function takeNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    let free = name;
    for (let n = 2; taken.has(free); n++) free = `${name}-${n}`;
    taken.add(free);
    return free;
  };
}
