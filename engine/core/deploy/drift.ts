import type { Verdict } from "../update-policy.ts";
import type { PlannedUpdate } from "./plan.ts";

/** What the package manager offers when the deployment starts. */
export interface Offered {
  name: string;
  architecture: string;
  installedVersion: string | null;
  candidateVersion: string;
  /** Somebody has told the machine to keep what it has. */
  held: boolean;
  /** It is being handed out little by little, and this machine isn't among those that get it. */
  phased: boolean;
  /** What policies say of it now. */
  verdict: Verdict;
}

export interface Drift {
  name: string;
  architecture: string;
  /** In words, such as "planned 1.1, now 1.2 is offered". */
  difference: string;
}

/**
 * How a machine differs from what was planned and approved for it. What has been installed meanwhile in the planned version is no difference, nor is what is offered in addition:
 * it wasn't approved and isn't touched.
 * @param installed versions by `name:architecture`
 */
export function driftOf(planned: readonly PlannedUpdate[], offered: readonly Offered[], installed: ReadonlyMap<string, string>): Drift[] {
  const now = new Map(offered.map((one) => [keyOf(one), one]));
  return planned.flatMap(({ name, architecture, fromVersion, version }) => {
    const key = keyOf({ name, architecture });
    if (installed.get(key) === version) return [];
    const found = now.get(key);
    const difference = differenceOf({ fromVersion, version }, found, installed.get(key));
    return difference === undefined ? [] : [{ name, architecture, difference }];
  });
}

const keyOf = ({ name, architecture }: { name: string; architecture: string }): string => `${name}:${architecture}`;

function differenceOf(
  { fromVersion, version }: { fromVersion: string | null; version: string },
  found: Offered | undefined,
  installed: string | undefined,
): string | undefined {
  if (fromVersion !== null && installed === undefined && found === undefined) return "planned as an update, and it isn't installed any more";
  if (found === undefined) return `planned ${version}, which isn't offered any more`;
  if (found.candidateVersion !== version) return `planned ${version}, now ${found.candidateVersion} is offered`;
  if (found.installedVersion !== fromVersion) return `planned from ${fromVersion ?? "nothing"}, now ${found.installedVersion ?? "nothing"} is installed`;
  if (found.held) return `planned ${version}, and it is held now`;
  if (found.phased) return `planned ${version}, and its distributor holds it back from this machine now`;
  if (found.verdict !== "approved") return `planned ${version}, and by its policies it is ${found.verdict} now`;
  return undefined;
}
