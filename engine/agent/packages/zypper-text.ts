import { readXml } from "./xml.ts";

/** One package that zypper would update. */
export interface ZypperUpdate {
  name: string;
  architecture: string;
  version: string;
  /** Alias of the repository. */
  repository: string;
}

/** `zypper --xmlout list-updates --all`: its XML is the format that zypper promises to keep (zypper(8), `--xmlout`). */
export function parseListUpdates(text: string): ZypperUpdate[] {
  const updates: ZypperUpdate[] = [];
  let current: ZypperUpdate | undefined;
  readXml(text, {
    open({ name, attributes: is }) {
      if (name === "update" && is.kind === "package" && is.name && is.edition)
        current = { name: is.name, architecture: is.arch ?? "", version: is.edition, repository: "" };
      else if (name === "source" && current) current.repository = is.alias ?? "";
    },
    close({ name }) {
      if (name !== "update" || !current) return;
      updates.push(current);
      current = undefined;
    },
  });
  return updates;
}

/** `zypper --xmlout repos`: aliases of those that are enabled. */
export function parseRepos(text: string): string[] {
  const aliases: string[] = [];
  readXml(text, {
    open({ name, attributes: is }) {
      if (name === "repo" && is.enabled !== "0" && is.alias) aliases.push(is.alias);
    },
  });
  return aliases;
}

/** Shell patterns for names of packages in /etc/zypp/locks (zypper(8), `addlock`): blocks of `key: value`. */
export function parseLocks(text: string): string[] {
  return text.split(/\n\s*\n/).flatMap((block) => {
    const fields = new Map(
      block.split("\n").flatMap((line) => [/^(\w+):\s*(.+?)\s*$/.exec(line)].flatMap((found) => (found ? [[found[1] ?? "", found[2] ?? ""] as const] : []))),
    );
    const type = fields.get("type") ?? "package";
    const name = fields.get("solvable_name");
    return type === "package" && name !== undefined ? [name] : [];
  });
}

/** Names under `The following 2 packages are going to be REMOVED:`. */
export function zypperRemovals(text: string): string[] {
  let removes = false;
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith("  ")) removes = /^The following .*packages? (?:is|are) going to be REMOVED:$/.test(line);
    return removes && line.startsWith("  ") ? line.trim().split(/\s+/) : [];
  });
}

/** `zypper --xmlout search --details`: builds that repositories offer; what is only installed stands in `(System Packages)`. */
export function parseSearch(text: string): Omit<ZypperUpdate, "repository">[] {
  const found: Omit<ZypperUpdate, "repository">[] = [];
  readXml(text, {
    open({ name, attributes: is }) {
      if (name === "solvable" && is.kind === "package" && is.name && is.edition && is.repository && is.repository !== "(System Packages)")
        found.push({ name: is.name, architecture: is.arch ?? "", version: is.edition });
    },
  });
  return found;
}
